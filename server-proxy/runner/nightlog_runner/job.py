"""`job.json`: what this runner is told, checked."""

import json
import os

from .endings import runner_error

NULLABLE_INTEGERS = ("injectedIndex", "wallTimeSeconds", "cellTimeoutSeconds", "memoryBytes")


class Job:
    """The fields of `job.json` by their names there, with absolute paths beside them."""

    def __init__(self, folder, fields):
        self.folder = folder
        self.id = fields["id"]
        self.attempt = fields["attempt"]
        self.version = fields["version"]
        self.project = fields["project"]
        self.notebook = os.path.normpath(os.path.join(folder, fields["notebook"]))
        self.work_dir = os.path.normpath(os.path.join(folder, fields["workDir"]))
        self.cells = fields["cells"]
        self.parameters = fields["parameters"]
        self.injected_source = fields.get("injectedSource")
        self.injected_index = fields.get("injectedIndex")
        self.injected_replaces = fields.get("injectedReplaces", False)
        self.kernel_name = fields.get("kernelName")
        self.native_kernel = fields.get("nativeKernel", False)
        self.wall_time_seconds = fields.get("wallTimeSeconds")
        self.cell_timeout_seconds = fields.get("cellTimeoutSeconds")
        self.memory_bytes = fields.get("memoryBytes")
        self.hash_up_to_bytes = fields.get("hashUpToBytes", 0)
        self.record_environment = fields.get("recordEnvironment", [])
        self.linked_from = fields.get("linkedFrom")

    @property
    def tree(self):
        """The top of the job's tree: the first folder below the job's folder on the way to `workDir`, else `workDir` itself."""
        relative = os.path.relpath(self.work_dir, self.folder)
        first = relative.split(os.sep, 1)[0]
        return self.work_dir if first in (os.curdir, os.pardir) else os.path.join(self.folder, first)


def read_job(folder):
    """Reads and checks `job.json`; what is wrong with it is said in one sentence."""
    path = os.path.join(folder, "job.json")
    try:
        with open(path, "rb") as file:
            fields = json.loads(file.read())
    except OSError as error:
        raise runner_error(f"The job's description cannot be read: {error.strerror}.", path) from error
    except ValueError as error:
        raise runner_error("The job's description is not JSON.", f"{path}: {error}") from error
    wrong = problem(fields)
    if wrong:
        raise runner_error(f"The job's description is not one that this runner understands: {wrong}.", path)
    return Job(folder, fields)


def problem(fields):
    if not isinstance(fields, dict):
        return "it is no object"
    if fields.get("format") != 1:
        return f"its format is {fields.get('format')!r}, not 1"
    for name in ("id", "version", "project", "notebook", "workDir"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            return f"`{name}` is no text"
    if not is_integer(fields.get("attempt")) or fields["attempt"] < 1:
        return "`attempt` is no number from 1"
    cells = fields.get("cells")
    if cells != "all" and not (isinstance(cells, list) and cells and all(isinstance(cell, str) for cell in cells)):
        return "`cells` is neither 'all' nor a list of ids"
    if not isinstance(fields.get("parameters"), dict):
        return "`parameters` is no object"
    for name in NULLABLE_INTEGERS:
        if fields.get(name) is not None and not (is_integer(fields[name]) and fields[name] >= (0 if name == "injectedIndex" else 1)):
            return f"`{name}` is no positive whole number"
    for name in ("injectedSource", "kernelName", "linkedFrom"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            return f"`{name}` is no text"
    if not isinstance(fields.get("nativeKernel", False), bool):
        return "`nativeKernel` is neither true nor false"
    if (fields.get("injectedSource") is None) != (fields.get("injectedIndex") is None):
        return "`injectedSource` and `injectedIndex` do not go together"
    if not is_integer(fields.get("hashUpToBytes", 0)):
        return "`hashUpToBytes` is no number"
    names = fields.get("recordEnvironment", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "`recordEnvironment` is no list of names"
    return None


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)
