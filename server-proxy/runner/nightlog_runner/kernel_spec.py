"""Finds a kernelspec as a Jupyter server in this environment would."""

import json
import os
import re
import site
import sys

from .endings import kernel_missing

NATIVE = "python3"


class KernelSpec:
    def __init__(self, name, resource_dir, fields):
        self.name = name
        self.resource_dir = resource_dir
        self.argv = fields["argv"]
        self.display_name = fields.get("display_name")
        self.language = fields.get("language")
        self.interrupt_by_message = fields.get("interrupt_mode") == "message"
        self.environment = fields.get("env") or {}
        metadata = fields.get("metadata")
        provisioner = metadata.get("kernel_provisioner") if isinstance(metadata, dict) else None
        self.provisioner = provisioner.get("provisioner_name") if isinstance(provisioner, dict) else None

    @property
    def is_ipykernel(self):
        """Whether it is IPython's own kernel, whose command line and sockets are known."""
        return any(argument in ("ipykernel_launcher", "ipykernel") for argument in self.argv[1:4])

    def command(self, connection_file):
        values = {"connection_file": connection_file, "resource_dir": self.resource_dir, "prefix": sys.prefix}
        argv = [re.sub(r"\{([A-Za-z0-9_]+)\}", lambda match: values.get(match.group(1), match.group()), part) for part in self.argv]
        if argv[0] in ("python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"):
            argv[0] = sys.executable
        if self.is_ipykernel and not any(part.startswith("--HistoryManager.hist_file") for part in argv):
            # A job's cells are no part of what the person typed.
            argv.append("--HistoryManager.hist_file=:memory:")
        return argv

    def kernel_environment(self, inherited):
        """The kernel's environment: ours, with what the kernelspec sets. `${NAME}` in a value stands for ours."""
        environment = dict(inherited)
        environment.pop("PYTHONEXECUTABLE", None)
        for name, value in self.environment.items():
            if isinstance(value, str):
                pattern = r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))"
                environment[name] = re.sub(pattern, lambda match: expand(match, inherited), value)
        return environment


def expand(match, environment):
    name = match.group(1) or match.group(2)
    return "$" if name is None else environment.get(name, match.group())


def data_folders():
    """Jupyter's data folders, the first one winning."""
    folders = [path.rstrip(os.sep) for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if path]
    user = [user_folder()]
    if site.ENABLE_USER_SITE:
        user.append(os.path.join(site.getuserbase(), "share", "jupyter"))
    system = ["/usr/local/share/jupyter", "/usr/share/jupyter"]
    environment = [path for path in [os.path.join(sys.prefix, "share", "jupyter")] if path not in system]
    folders += environment + user if environment_first() else user + environment
    folders += system
    return list(dict.fromkeys(folders))


def user_folder():
    if os.environ.get("JUPYTER_DATA_DIR"):
        return os.environ["JUPYTER_DATA_DIR"]
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Jupyter")
    return os.path.join(os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share"), "jupyter")


def environment_first():
    said = os.environ.get("JUPYTER_PREFER_ENV_PATH")
    if said is not None:
        return said.lower() not in ("no", "n", "false", "off", "0", "0.0")
    if sys.prefix != sys.base_prefix and is_own(sys.prefix):
        return True
    conda = os.environ.get("CONDA_PREFIX")
    return bool(conda and sys.prefix.startswith(conda) and os.environ.get("CONDA_DEFAULT_ENV", "base") != "base" and is_own(sys.prefix))


def is_own(path):
    try:
        return os.stat(path).st_uid == os.geteuid() or os.access(path, os.W_OK)
    except OSError:
        return False


def kernel_folders():
    folders = [os.path.join(folder, "kernels") for folder in data_folders()]
    folders.append(os.path.join(os.environ.get("IPYTHONDIR") or os.path.expanduser("~/.ipython"), "kernels"))
    return folders


def installed():
    """Every kernelspec by name, with its folder."""
    found = {}
    for folder in kernel_folders():
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            path = os.path.join(folder, name)
            if name.lower() not in found and os.path.isfile(os.path.join(path, "kernel.json")):
                found[name.lower()] = path
    return found


def find_kernel_spec(name):
    """The kernelspec of this name, or `python3` where no name is given."""
    wanted = (name or NATIVE).lower()
    found = installed()
    if wanted in found:
        return read_kernel_spec(wanted, found[wanted])
    if wanted == NATIVE:
        return native_kernel_spec()
    title = f"The notebook's kernel “{wanted}” is not installed for {sys.executable}. Install it there, or choose another kernel."
    raise kernel_missing(title, others(found))


def native_kernel_spec():
    """The kernel of the very Python that runs this, whatever Jupyter's folders name: a kernelspec there may start another one."""
    if has_ipykernel():
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(NATIVE, "", {"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"})
    title = f"No Python kernel is installed for {sys.executable}. Install ipykernel there, or choose another Python."
    raise kernel_missing(title, others(installed()))


def others(found):
    names = ", ".join(sorted(found))
    return f"Installed kernels: {names}." if names else "No kernel is installed there."


def has_ipykernel():
    return any(os.path.isfile(os.path.join(folder, "ipykernel_launcher.py")) for folder in sys.path if folder)


def read_kernel_spec(name, folder):
    path = os.path.join(folder, "kernel.json")
    try:
        with open(path, "rb") as file:
            fields = json.loads(file.read())
    except (OSError, ValueError) as error:
        raise kernel_missing(f"The description of the kernel “{name}” cannot be read. Install that kernel again.", f"{path}: {error}") from error
    argv = fields.get("argv") if isinstance(fields, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(part, str) for part in argv):
        raise kernel_missing(f"The description of the kernel “{name}” names no program. Install that kernel again.", path)
    if not isinstance(fields.get("env") or {}, dict):
        raise kernel_missing(f"The description of the kernel “{name}” cannot be used. Its `env` must list variables by name.", path)
    spec = KernelSpec(name, folder, fields)
    if spec.provisioner not in (None, "local-provisioner"):
        title = f"The kernel “{name}” is started by “{spec.provisioner}”, which a job cannot do. Choose a kernel that runs on the job's own machine."
        raise kernel_missing(title, path)
    return spec
