"""Executes the notebook of one job. Python 3.9 or newer; the standard library and pyzmq only."""
