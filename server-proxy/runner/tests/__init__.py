"""Tests of the runner: `python -m unittest discover -s server-proxy/runner/tests -t server-proxy/runner`.

They need a Python with ipykernel, ipywidgets, nbformat, nbclient and bash_kernel; NIGHTLOG_TEST_PYTHON names it where it is not the one that runs them.
"""
