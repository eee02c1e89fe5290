"""Starts programs as a user without rights, where the tests run as root; the Python of the tests may lie where only root can go."""

import os
import shlex
import sys

NOBODY = 65534


def closed_folder(path):
    """The uppermost folder on the way to a path that others cannot pass, or None."""
    folder = ""
    for name in os.path.realpath(path).split("/")[1:]:
        folder += "/" + name
        if os.path.isdir(folder) and not os.stat(folder).st_mode & 0o001:
            return folder
    return None


def as_nobody(command, needed):
    """The command line that runs `command` without rights. `needed` are folders that it must be able to read.

    In mount tables of their own, folders that are closed to others give way to ones that show no more than what is needed.
    """
    closed = {}
    for path in needed:
        folder = closed_folder(path)
        if folder is not None:
            closed.setdefault(folder, []).append(path)
    lines = ["set -e", "mount --make-rprivate /"]
    for folder, paths in closed.items():
        lines += ["mount -t tmpfs -o mode=755 hold /mnt"]
        for number, path in enumerate(paths):
            lines += [f"mkdir /mnt/{number}", f"mount --bind {shlex.quote(path)} /mnt/{number}"]
        lines += [f"mount -t tmpfs -o mode=755 shown {shlex.quote(folder)}"]
        for number, path in enumerate(paths):
            lines += [f"mkdir -p {shlex.quote(path)}", f"mount --bind /mnt/{number} {shlex.quote(path)}"]
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", *command]
    return ["unshare", "--mount", "sh", "-c", "\n".join([*lines, "exec " + " ".join(map(shlex.quote, words))])]


def python_folders(python):
    """What a Python needs to be read: its environment, and the installation that this came from."""
    found = {os.path.dirname(os.path.dirname(os.path.abspath(python))), os.path.dirname(os.path.dirname(os.path.realpath(python)))}
    found |= {prefix for prefix in (sys.prefix, sys.base_prefix)}
    return sorted(folder for folder in found if not any(folder.startswith(other + "/") for other in found))
