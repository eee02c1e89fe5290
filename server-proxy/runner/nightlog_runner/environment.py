"""The environment that the cells ran in: interpreter, packages, machine, and the variables that may be told."""

import hashlib
import os

from .canonical import canonical_json
from .packages import normal, python_packages
from .system_facts import system_facts

R_SECONDS = 20
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

    def facts(self, language_info, gpus, find_program):
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
            packages, complete, version, executable = r_packages(spec, find_program)
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


def r_packages(spec, find_program):
    """R's packages, asked of the R that the kernelspec names."""
    program = find_program(spec.argv[0], os.environ.get("PATH", os.defpath))
    if program is None:
        return [], False, None, None
    import subprocess

    try:
        command = [program, "--vanilla", "--slave", "-e", R_PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, timeout=R_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return [], False, None, program
    if done.returncode != 0:
        return [], False, None, program
    version, packages = parse_r_packages(done.stdout)
    return packages, bool(packages), version, program


def parse_r_packages(text):
    lines = text.splitlines()
    version = lines[0].replace("R version ", "").split(" ", 1)[0] if lines else None
    pairs = [line.split("\t") for line in lines[1:] if "\t" in line]
    packages = [{"name": name, "version": version_, "origin": None} for name, version_ in pairs]
    return version, sorted(packages, key=lambda package: normal(package["name"]))
