"""The environment that the cells ran in: interpreter, packages, machine, and the variables that may be told."""

import hashlib
import os
import signal
import time

from .canonical import canonical_json
from .packages import normal, python_packages
from .system_facts import system_facts

R_SECONDS = 20
# How long R is waited for before the deadline is looked at again.
R_WAIT_SECONDS = 0.2
R_PACKAGES = 'p <- installed.packages(); cat(R.version.string, "\\n", sep=""); cat(paste(p[,"Package"], p[,"Version"], sep="\\t"), sep="\\n")'


class EnvironmentFacts:
    """Gathered while the kernel starts, and looked at again at the end: a cell may have installed something."""

    def __init__(self, job, spec):
        self.job = job
        self.spec = spec
        self.interpreter = None
        self.packages = []
        self.complete = False
        self.folders = None

    def take(self, interpreter):
        """Takes what the hook in the kernel's Python said of itself."""
        self.interpreter = interpreter
        self.folders = self._folder_times()
        self.packages, self.complete = python_packages(interpreter["path"])

    def _folder_times(self):
        return [os.stat(folder).st_mtime_ns if os.path.isdir(folder) else None for folder in self.interpreter["path"]]

    def facts(self, language_info, gpus, find_program, deadline):
        """What stands in the receipt."""
        spec = self.spec
        info = language_info if isinstance(language_info, dict) else {}
        language = text_of(info.get("name")) or text_of(spec.language if spec else None) or "unknown"
        interpreter = {"language": language, "version": text_of(info.get("version")), "implementation": None, "executable": None}
        packages, complete = [], False
        # A kernel of another language may be written in Python: its packages are not what the cells import.
        if self.interpreter is not None and is_python(language):
            if self._folder_times() != self.folders:
                self.take(self.interpreter)
            interpreter.update({name: self.interpreter[name] for name in ("version", "implementation", "executable")})
            packages, complete = self.packages, self.complete
        elif language.lower() == "r" and spec is not None:
            packages, complete, version, executable = r_packages(spec, find_program, deadline)
            interpreter.update(version=interpreter["version"] or version, implementation="R", executable=executable)
        return {
            "interpreter": interpreter,
            "kernelspec": {
                "name": spec.name if spec else self.job.kernel_name or "unknown",
                "displayName": text_of(spec.display_name) if spec else None,
            },
            "packages": packages,
            "packagesComplete": complete,
            "system": system_facts(gpus),
            "variables": {name: os.environ[name] for name in sorted(set(self.job.record_environment)) if name in os.environ},
            "digest": digest(interpreter, packages),
        }


def is_python(language):
    """Whether cells are Python's; of a kernel that never answered it is not known, and its own Python is the best guess."""
    return language.lower() in ("python", "python3", "ipython", "unknown")


def digest(interpreter, packages):
    """The same for environments that would behave alike: where the interpreter lies does not count."""
    kept = {key: value for key, value in interpreter.items() if key != "executable"}
    return hashlib.sha256(canonical_json({"interpreter": kept, "packages": packages})).hexdigest()


def text_of(value):
    return value if isinstance(value, str) and value else None


def r_packages(spec, find_program, deadline):
    """R's packages, asked of the R that the kernelspec names."""
    program = find_program(spec.argv[0], os.environ.get("PATH", os.defpath))
    if program is None:
        return [], False, None, None
    said = output_of([program, "--vanilla", "--slave", "-e", R_PACKAGES], deadline)
    if said is None:
        return [], False, None, program
    version, packages = parse_r_packages(said)
    return packages, bool(packages), version, program


def output_of(command, deadline):
    """What a program writes; None where it fails, or does not come to its end in time: then it is ended, with all that it started."""
    import subprocess

    channels = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        process = subprocess.Popen(command, text=True, errors="replace", start_new_session=True, **channels)
    except OSError:
        return None
    until = time.monotonic() + R_SECONDS
    while deadline.has_time() and time.monotonic() < until:
        try:
            said, _ = process.communicate(timeout=R_WAIT_SECONDS)
            return said if process.returncode == 0 else None
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
        # One that waits for a disk that does not answer is left to itself.
        process.communicate(timeout=R_WAIT_SECONDS)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    return None


def parse_r_packages(text):
    lines = text.splitlines()
    version = lines[0].replace("R version ", "").split(" ", 1)[0] if lines else None
    pairs = [line.split("\t") for line in lines[1:] if "\t" in line]
    packages = [{"name": name, "version": version_, "origin": None} for name, version_ in pairs]
    return version, sorted(packages, key=lambda package: normal(package["name"]))
