"""Runs a notebook with nbclient and prints the result: `python oracle.py NOTEBOOK FOLDER TIMEOUT end|interrupt`, the last for a cell that runs longer."""

import sys

import nbformat
import zmq
from jupyter_client.channels import AsyncZMQSocketChannel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


plain_send = AsyncZMQSocketChannel.send


def send(channel, message):
    """jupyter_client sends past asyncio's socket, so a reply that came just before would wake nobody (an Output widget sends while one is awaited)."""
    plain_send(channel, message)
    channel.socket.get(zmq.EVENTS)


AsyncZMQSocketChannel.send = send


def main(path, folder, timeout, then):
    notebook = nbformat.read(path, as_version=4)
    limits = {"timeout": int(timeout), "startup_timeout": 600, "iopub_timeout": 600, "interrupt_on_timeout": then == "interrupt"}
    client = NotebookClient(notebook, resources={"metadata": {"path": folder}}, record_timing=False, **limits)
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError):
        # How it ended is not compared, only what the cells gave.
        pass
    sys.stdout.write(nbformat.writes(notebook))


if __name__ == "__main__":
    main(*sys.argv[1:])
