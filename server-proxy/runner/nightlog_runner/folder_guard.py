"""Starts the kernel where the notebook's own folder can be read and not written to: in mount tables of its own (mount_namespaces(7)).

Root needs no more than that; anybody else gets them in a user namespace, where the kernel says that it may (user_namespaces(7)). All that
happens between fork and exec, so that the runner itself stays outside and sees the kernel as ever. Where it cannot be done nothing is done,
and the receipt says so.
"""

import os
import signal

from .system_calls import load

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
READ_ONLY, REMOUNT, BIND, RECURSIVE, SLAVE, RELATIVE_TIMES = 1, 32, 4096, 16384, 1 << 19, 1 << 21
SAME_FLAGS = 2 | 4 | 8 | 1024 | 2048
STATVFS_RELATIVE_TIMES = 4096
HERE, WHOLE_TREE = -100, 0x8000
# The number is the same on every architecture (Linux 5.12); before, mounts are made anew one by one.
MOUNT_SETATTR = 442
ATTRIBUTES_BYTES = 32


class NotGuarded(Exception):
    """The kernel was not started: the guard cannot be had here."""


class FolderGuard:
    """Starts a program with `places` (guarded_places.Places) kept from it."""

    def __init__(self, places):
        self.places = places
        self.is_root = os.geteuid() == 0
        self.call = None

    @property
    def method(self):
        return "mount-namespace" if self.is_root else "user-namespace"

    def start(self, program, argv, environment, log_descriptor):
        """Starts it in the current folder, in a process group of its own, and returns its number. @raises NotGuarded, OSError where it is no program"""
        try:
            self.call = load()
        except ImportError as error:
            raise NotGuarded("this Python cannot call the C library") from error
        told, tell = os.pipe()
        folder = os.getcwd()
        # Nothing may reach the child before it has become the kernel: it would still have our handlers.
        mask = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                self._become(program, argv, environment, log_descriptor, folder, tell)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(tell)
        with open(told, "rb") as file:
            said = file.read().decode("utf-8", "replace")
        if not said:
            return pid
        os.waitpid(pid, 0)
        kind, _, rest = said.partition(" ")
        if kind == "exec":
            raise OSError(int(rest), os.strerror(int(rest)))
        raise NotGuarded(rest)

    def _become(self, program, argv, environment, log_descriptor, folder, tell):
        """In the child: becomes the kernel, or says why not. Never returns."""
        try:
            os.setpgid(0, 0)
            self.enter()
            # Entered anew: the folder that we stand in still belongs to the mounts from before.
            os.chdir(folder)
            null = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((null, 0), (log_descriptor, 1), (log_descriptor, 2)):
                os.dup2(source, target)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            try:
                os.execve(program, argv, environment)
            except OSError as error:
                os.write(tell, f"exec {error.errno}".encode())
        except BaseException as error:
            os.write(tell, f"guard {error}".encode("utf-8", "replace")[:2000])
        finally:
            os._exit(127)

    # In the child

    def enter(self):
        """Makes mount tables of this process's own and takes writing from them. @raises NotGuarded"""
        if self.is_root:
            self._try("mount tables of its own were refused", "unshare", NEW_MOUNTS)
            # What is mounted at home later appears here; what we do here never appears there.
            self._try("its mounts could not be parted from the machine's", "mount", b"none", b"/", None, RECURSIVE | SLAVE, None)
        else:
            user, group = os.geteuid(), os.getegid()
            self._try("a user namespace was refused", "unshare", NEW_USER | NEW_MOUNTS)
            for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(text)
        self.protect()

    def protect(self):
        """Takes writing from the places."""
        writable = [place for place in self.places.writable if not is_read_only(place)]
        for place in [*writable, *self.places.read_only]:
            path = os.fsencode(place)
            self._try(f"{place} could not be mounted", "mount", path, path, None, BIND | RECURSIVE, None)
        for place in self.places.read_only:
            if not self._change(place, READ_ONLY, 0):
                self._change_each(place, writable)
            if not is_read_only(place):
                raise NotGuarded(f"{place} can still be written to")
        for place in writable:
            if is_read_only(place) and not self._change(place, 0, READ_ONLY):
                raise NotGuarded(f"{place} could not be kept writable")

    def _change(self, place, set_, clear):
        """Changes a mount, and where it becomes read-only all below it; says whether that could be done."""
        attributes = set_.to_bytes(8, "little") + clear.to_bytes(8, "little")
        attributes += bytes(ATTRIBUTES_BYTES - len(attributes))
        below = WHOLE_TREE if set_ else 0
        return self.call("syscall", MOUNT_SETATTR, HERE, os.fsencode(place), below, attributes, ATTRIBUTES_BYTES) == 0

    def _change_each(self, place, writable):
        """As `_change`, for systems before Linux 5.12: the mount and every one below it that is not to stay writable."""
        for mount in [place, *mounts_below(place)]:
            if any(mount == other or mount.startswith(other + "/") for other in writable):
                continue
            found = os.statvfs(mount).f_flag
            flags = found & SAME_FLAGS | (RELATIVE_TIMES if found & STATVFS_RELATIVE_TIMES else 0)
            path = os.fsencode(mount)
            self._try(f"{mount} could not be made read-only", "mount", None, path, None, REMOUNT | BIND | READ_ONLY | flags, None)

    def _try(self, problem, name, *arguments):
        if self.call(name, *arguments) != 0:
            raise NotGuarded(problem)


def is_read_only(place):
    return bool(os.statvfs(place).f_flag & os.ST_RDONLY)


def mounts_below(folder):
    """Every place below a folder where something is mounted."""
    found = []
    with open("/proc/self/mountinfo", "rb") as file:
        for line in file:
            mount = line.split(b" ")[4]
            for code, byte in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
                mount = mount.replace(code, byte)
            if mount.startswith(os.fsencode(folder) + b"/"):
                found.append(os.fsdecode(mount))
    return found
