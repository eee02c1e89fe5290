"""Makes jobs' folders, starts the runner in them, and reads what it left."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.environ.get("NIGHTLOG_TEST_RUNNER") or os.path.dirname(HERE)
PYTHON = os.environ.get("NIGHTLOG_TEST_PYTHON") or sys.executable
KERNELSPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
# No test runs longer than this; what does is a failure.
LIMIT_SECONDS = 600

base = tempfile.mkdtemp(prefix="nightlog-runner-")
atexit.register(shutil.rmtree, base, ignore_errors=True)
count = 0


def new_folder(name="job"):
    global count
    count += 1
    path = os.path.join(base, f"{count}-{name}")
    os.makedirs(path)
    return path


def code(source, identity=None, outputs=(), tags=(), **more):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": list(outputs), "source": source}
    if tags:
        cell["metadata"]["tags"] = list(tags)
    if identity is not None:
        cell["id"] = identity
    return {**cell, **more}


def text_cell(kind, source, identity):
    return {"cell_type": kind, "id": identity, "metadata": {}, "source": source}


def notebook(*cells, minor=5, kernel="python3", **metadata):
    """A notebook of these cells; a text is the source of a code cell."""
    made = []
    for position, cell in enumerate(cells):
        cell = code(cell) if isinstance(cell, str) else cell
        if minor >= 5:
            cell.setdefault("id", f"cell-{position}")
        made.append(cell)
    kernelspec = {**KERNELSPEC, "name": kernel}
    return {"cells": made, "metadata": {"kernelspec": kernelspec, **metadata}, "nbformat": 4, "nbformat_minor": minor}


class JobRun:
    """A job's folder, and the runner in it."""

    def __init__(self, content, **fields):
        self.folder = new_folder()
        self.tree = os.path.join(self.folder, "bundle")
        os.makedirs(self.tree)
        self.write_notebook(content)
        self.fields = {
            "format": 1,
            # No other run of the tests has it: a later attempt ends every process that was started for its job.
            "id": f"01j{os.getpid():010d}{count:013d}",
            "attempt": 1,
            "version": "a" * 40,
            "project": "/home/somebody/project",
            "notebook": "bundle/notebook.ipynb",
            "workDir": "bundle",
            "cells": "all",
            "parameters": {},
            "injectedSource": None,
            "injectedIndex": None,
            "injectedReplaces": False,
            "kernelName": None,
            "wallTimeSeconds": None,
            "cellTimeoutSeconds": None,
            "memoryBytes": None,
            "hashUpToBytes": 1 << 20,
            "recordEnvironment": [],
            **fields,
        }
        self.environment = {}
        self.arguments = []
        self.runner = RUNNER
        # What the command that starts the runner becomes, for one that runs as somebody else or with less rights.
        self.as_command = lambda command: command
        self.process = None
        self.write_job()

    def write_notebook(self, content):
        data = content if isinstance(content, bytes) else (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
        with open(os.path.join(self.tree, "notebook.ipynb"), "wb") as file:
            file.write(data)

    def write_job(self, **fields):
        self.fields.update(fields)
        with open(self.path("job.json"), "w") as file:
            json.dump(self.fields, file)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def in_tree(self, *names):
        return os.path.join(self.tree, *names)

    def put(self, name, data=b"some data\n"):
        path = self.in_tree(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def start(self):
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
        environment.update(self.environment)
        command = self.as_command([PYTHON, self.runner, *self.arguments, self.folder])
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return self

    def wait(self):
        try:
            self.said, self.complained = self.process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate()
            raise
        return self.process.returncode

    def run(self):
        self.start()
        self.status = self.wait()
        return self

    def wait_until(self, condition, what):
        """Waits for something to happen while the runner works; that it ends before is a failure."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not condition():
            if self.process.poll() is not None and not condition():
                raise AssertionError(f"the runner ended before {what}: {self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {what}")
            time.sleep(0.01)

    def wait_for_log(self, text):
        self.wait_until(lambda: text in self.log(), f"{text!r} in the log")

    def wait_for_event(self, kind, **fields):
        def seen():
            return any(event["kind"] == kind and all(event.get(name) == value for name, value in fields.items()) for event in self.events())

        self.wait_until(seen, f"event {kind} {fields}")

    def cancel(self):
        with open(self.path("cancel"), "w"):
            pass

    def bytes(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def events(self):
        try:
            with open(self.path("events.ndjson"), "rb") as file:
                return [json.loads(line) for line in file.read().split(b"\n")[:-1]]
        except FileNotFoundError:
            return []

    def kinds(self):
        return [event["kind"] for event in self.events()]

    def ended(self):
        return [event for event in self.events() if event["kind"] == "ended"][-1]

    def lock(self):
        """What the runner noted of itself and its kernel."""
        with open(self.path(".runner", "lock")) as file:
            return json.load(file)

    def receipt(self):
        with open(self.path("receipt.json")) as file:
            return json.load(file)

    def result(self):
        with open(self.path("result.ipynb")) as file:
            return json.load(file)

    def log(self):
        try:
            with open(self.path("log.txt"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def outputs(self, position):
        return self.result()["cells"][position]["outputs"]

    def text(self, position, name="stdout"):
        """What a cell of the result printed."""
        return "".join("".join(output["text"]) for output in self.outputs(position) if output["output_type"] == "stream" and output["name"] == name)

    def statuses(self):
        return [cell["status"] for cell in self.receipt()["cells"]]


def processes_with(text):
    """Processes whose command line or environment holds this text."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    data = file.read()
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    data += file.read()
            except OSError:
                continue
            if text.encode() in data:
                found.append(int(entry))
    return found
