"""The job's folder: its files, who works in it, and what earlier attempts left."""

import fcntl
import json
import os

from . import process_tree
from .changes_file import recover
from .kernel_process import remove_private_folder, send

RESERVE_BYTES = 256 * 1024


class AlreadyRunning(Exception):
    """Another runner works in this folder."""


class JobFolder:
    def __init__(self, path):
        self.path = path
        self.events = self.file("events.ndjson")
        self.result = self.file("result.ipynb")
        self.receipt = self.file("receipt.json")
        self.log = self.file("log.txt")
        self.private = self.file(".runner")
        self.changes = os.path.join(self.private, "changes")
        self.lock = None
        self.earlier = {}

    def file(self, name):
        return os.path.join(self.path, name)

    def take(self):
        """Takes the folder for this process. @raises AlreadyRunning"""
        os.makedirs(self.private, 0o700, exist_ok=True)
        self.lock = os.open(os.path.join(self.private, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(self._owner()) from error
        except OSError:
            # A file system without locks: what the file says must do.
            pass
        owner = self._owner()
        if owner.get("pid") != os.getpid() and is_alive(owner):
            raise AlreadyRunning(owner)
        self.earlier = owner
        self._write_owner({})

    def _owner(self):
        try:
            owner = json.loads(os.pread(self.lock, 65536, 0))
            return owner if isinstance(owner, dict) else {}
        except (OSError, ValueError):
            return {}

    def _write_owner(self, more):
        owner = {"pid": os.getpid(), "startTime": process_tree.start_time(os.getpid()), "host": os.uname().nodename, **more}
        data = json.dumps(owner).encode()
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, data, 0)

    def note_kernel(self, pid, folder):
        """Notes what a later attempt has to clean up where this one is killed."""
        self._write_owner({"kernel": {"pid": pid, "startTime": process_tree.start_time(pid)}, "sockets": folder})

    def end_earlier(self, job_id):
        """Ends what a killed runner left running, so that two kernels never work in one tree."""
        earlier = self.earlier
        if not earlier or earlier.get("host") != os.uname().nodename:
            return 0
        left = [pid for pid in process_tree.with_variable("NIGHTLOG_KERNEL_OF", job_id) if pid != os.getpid()]
        left = [pid for pid in left if process_tree.start_time(pid) != earlier.get("startTime")]
        for pid in left:
            send(pid, 9)
        sockets = earlier.get("sockets")
        if isinstance(sockets, str):
            remove_private_folder(sockets)
        return len(left)

    def recover(self):
        """Puts what a killed runner had saved beside its large notebook into that notebook; says whether there was something."""
        return recover(self.changes, self.result)

    def keep_earlier(self):
        """Gives the result and receipt of an earlier attempt names of their own, so that a new attempt cannot lose them."""
        for path in (self.result, self.receipt):
            if not os.path.exists(path):
                continue
            stem, extension = os.path.splitext(path)
            kept = next(name for name in (f"{stem}.earlier-{count}{extension}" for count in range(1, 10_000)) if not os.path.exists(name))
            try:
                if path == self.result:
                    # The name stays as well: until the new attempt saves, this is the job's result.
                    os.link(path, kept)
                else:
                    os.rename(path, kept)
            except OSError:
                os.rename(path, kept)

    def forget(self, path):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass

    def finished_attempt(self):
        """The attempt whose receipt lies here, or None."""
        try:
            with open(self.receipt, "rb") as file:
                attempt = json.loads(file.read()).get("attempt")
            return attempt if isinstance(attempt, int) else None
        except (OSError, ValueError, AttributeError):
            return None

    def reserve(self):
        """Sets a little space aside, so that how a run ended can be said when the disk is full."""
        try:
            descriptor = os.open(os.path.join(self.private, "reserve"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        except (OSError, AttributeError):
            # Where space cannot be set aside, the receipt is tried without.
            pass
        finally:
            os.close(descriptor)

    def free_reserve(self):
        try:
            os.unlink(os.path.join(self.private, "reserve"))
        except OSError:
            pass


def is_alive(owner):
    pid = owner.get("pid")
    if owner.get("host") != os.uname().nodename or not isinstance(pid, int):
        return False
    started = process_tree.start_time(pid)
    return started is not None and started == owner.get("startTime")
