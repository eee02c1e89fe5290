"""Runs a notebook with nbclient and prints the result: `python oracle.py NOTEBOOK FOLDER TIMEOUT`."""

import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


def main(path, folder, timeout):
    notebook = nbformat.read(path, as_version=4)
    limits = {"timeout": int(timeout), "startup_timeout": int(timeout), "iopub_timeout": int(timeout)}
    client = NotebookClient(notebook, resources={"metadata": {"path": folder}}, record_timing=False, **limits)
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError):
        # How it ended is not compared, only what the cells gave.
        pass
    sys.stdout.write(nbformat.writes(notebook))


if __name__ == "__main__":
    main(*sys.argv[1:])
