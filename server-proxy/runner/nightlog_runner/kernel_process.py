"""The kernel as a process: how it is started, interrupted and ended. Nothing heavy is imported before it runs."""

import json
import os
import select
import signal
import sys
import time

from . import process_tree
from .deadline import Deadline
from .endings import kernel_missing
from .folder_guard import NotGuarded
from .system_calls import load

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# A path of a socket holds at most 107 bytes on Linux; "-1" and a name follow the folder.
LONGEST_FOLDER = 90


class KernelProcess:
    def __init__(self, spec, private_folder):
        self.spec = spec
        self.folder = private_folder
        self.pid = None
        self.status = None
        self.connection = None
        self.connection_file = os.path.join(private_folder, "kernel.json")

    def start(self, environment, log_descriptor, guard=None):
        """Starts it in the current folder, in a process group of its own, writing to the log.

        Where a guard is asked for and cannot be had, it is started without; that is told by what is returned: why, or None.
        """
        self.connection = self._make_connection()
        with open(os.open(self.connection_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.connection, file)
        argv = self.spec.command(self.connection_file)
        program = find_program(argv[0], environment.get("PATH", os.defpath))
        if program is None:
            title = f"The kernel “{self.spec.name}” starts {argv[0]}, which is not there. Install that kernel again."
            raise kernel_missing(title, " ".join(argv))
        unguarded = None
        try:
            try:
                if guard is not None:
                    self.pid = guard.start(program, argv, environment, log_descriptor)
            except NotGuarded as refusal:
                unguarded = str(refusal)
            if self.pid is None:
                self.pid = start_plainly(program, argv, environment, log_descriptor)
        except OSError as error:
            raise kernel_missing(f"The kernel “{self.spec.name}” cannot be started: {error.strerror}.", " ".join(argv)) from error
        return unguarded

    def _make_connection(self):
        connection = {
            "transport": "ipc",
            "ip": os.path.join(self.folder, "k"),
            "key": os.urandom(32).hex(),
            "signature_scheme": "hmac-sha256",
            "kernel_name": self.spec.name,
        }
        ports = range(1, 6)
        if not self.spec.is_ipykernel or len(self.folder) > LONGEST_FOLDER or sys.platform == "win32":
            connection.update(transport="tcp", ip="127.0.0.1")
            ports = free_ports(5)
        for channel, port in zip(CHANNELS, ports):
            connection[channel + "_port"] = port
        return connection

    def address(self, channel):
        separator = "-" if self.connection["transport"] == "ipc" else ":"
        return f"{self.connection['transport']}://{self.connection['ip']}{separator}{self.connection[channel + '_port']}"

    def is_bound(self):
        """Whether its sockets can be seen: only those in a folder can. The heartbeat's comes last."""
        return self.connection["transport"] != "ipc" or os.path.exists(f"{self.connection['ip']}-{self.connection['hb_port']}")

    def has_ended(self):
        if self.status is None and self.pid is not None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.pid, 0
            if pid:
                self.status = status
        return self.status is not None

    @property
    def end_signal(self):
        return os.WTERMSIG(self.status) if self.status is not None and os.WIFSIGNALED(self.status) else None

    def how_it_ended(self):
        if self.end_signal is not None:
            try:
                name = signal.Signals(self.end_signal).name
            except ValueError:
                name = str(self.end_signal)
            hint = {"SIGSEGV": ", a crash in compiled code", "SIGABRT": ", a crash in compiled code", "SIGBUS": ", a crash in compiled code"}
            return f"signal {name}{hint.get(name, '')}"
        return f"exit code {os.WEXITSTATUS(self.status)}"

    def interrupt(self):
        """As Jupyter does for kernels that are interrupted by a signal: to the kernel and what it started in its group."""
        if self.has_ended():
            return
        try:
            os.killpg(self.pid, signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            pass

    def wait(self, deadline, wake=None, still=None):
        """Waits for its end until then, and at most `still` seconds where it uses no processor time; says whether it ended.

        `wake` can be read from when a child ends.
        """
        ticks, moved = None, time.monotonic()
        while not self.has_ended():
            now = time.monotonic()
            left = deadline.left()
            if still is not None:
                before, ticks = ticks, process_tree.cpu_ticks(self.pid)
                moved = moved if ticks == before else now
            if left <= 0 or (still is not None and now - moved > still):
                return False
            if wake is None:
                time.sleep(min(left, 0.005))
            elif select.select([wake], [], [], min(left, 0.2))[0]:
                os.read(wake, 512)
        return True

    def kill(self):
        if not self.has_ended():
            signal_group(self.pid, signal.SIGKILL)
            self.wait(Deadline(5))

    def leftovers(self):
        """Processes of the job that are still there: below the kernel, and those that came to us when their parent ended."""
        roots = [pid for pid in process_tree.children(os.getpid()) if not is_own_tool(pid)]
        if not self.has_ended():
            roots.append(self.pid)
        return [pid for pid in process_tree.descendants(roots) if process_tree.state(pid) not in (None, "Z", "X")]

    def end_leftovers(self):
        """Ends what the notebook left running, kindly and then not. Returns how many there were."""
        found = set(self.leftovers())
        if not found:
            return 0
        for pid in found:
            send(pid, signal.SIGTERM)
        deadline = time.monotonic() + 1
        while self.leftovers() and time.monotonic() < deadline:
            reap_others(self.pid)
            time.sleep(0.02)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            left = self.leftovers()
            if not left:
                break
            found.update(left)
            for pid in left:
                send(pid, signal.SIGKILL)
            reap_others(self.pid)
            time.sleep(0.02)
        reap_others(self.pid)
        return len(found)


def start_plainly(program, argv, environment, log_descriptor):
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, log_descriptor, 1),
        (os.POSIX_SPAWN_DUP2, log_descriptor, 2),
    ]
    defaults = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE]
    return os.posix_spawn(program, argv, environment, file_actions=actions, setpgroup=0, setsigdef=defaults, setsigmask=[])


def send(pid, number):
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        send(pid, number)


def adopt_orphans():
    """Asks the system to hand us processes of the job whose parent ended, so that none is lost from sight (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    set_child_subreaper = 36
    load()("prctl", set_child_subreaper, 1, 0, 0, 0)


OWN_TOOLS = set()


def is_own_tool(pid):
    return pid in OWN_TOOLS


def reap_others(kernel_pid):
    """Takes in what ended after its parent did: it was handed to us."""
    for pid in process_tree.children(os.getpid()):
        if pid != kernel_pid and not is_own_tool(pid) and process_tree.state(pid) == "Z":
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def find_program(name, path):
    if os.sep in name:
        return name if os.access(name, os.X_OK) and os.path.isfile(name) else None
    for folder in path.split(os.pathsep):
        candidate = os.path.join(folder or os.curdir, name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None


def free_ports(count):
    import socket

    sockets = []
    try:
        for _ in range(count):
            one = socket.socket()
            sockets.append(one)
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def make_private_folder(job_folder):
    """A folder for sockets that only this user can enter, with a short path on a local disk where there is one."""
    for base in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp", job_folder):
        if not base or not os.path.isdir(base):
            continue
        path = os.path.join(os.path.abspath(base), "nl-" + os.urandom(6).hex())
        try:
            os.mkdir(path, 0o700)
            return path
        except OSError:
            continue
    raise kernel_missing("No folder for the kernel's sockets could be made: neither /tmp nor the job's folder can be written to.")


def remove_private_folder(path):
    if not os.path.basename(path).startswith("nl-"):
        return
    try:
        for name in os.listdir(path):
            os.unlink(os.path.join(path, name))
        os.rmdir(path)
    except OSError:
        # A file that is left in a private temporary folder harms nobody.
        pass
