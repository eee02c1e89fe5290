"""Entry of runner.pyz. Python compiles what it imports from a zip file each time; so the modules are kept unpacked and compiled in the user's cache."""

import os
import stat
import sys

# Names this build; `build.mjs` fills it in.
DIGEST = ''


def cache_folder():
    base = os.environ.get("NIGHTLOG_RUNNER_CACHE")
    if not base:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "nightlog", "runner")
    return os.path.join(base, f"{DIGEST}-{sys.implementation.cache_tag}")


def is_ours(folder):
    """Whether the folder is there and nobody else can have written into it."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def run():
    archive = sys.path[0]
    folder = cache_folder() if DIGEST else ""
    cached = bool(DIGEST) and is_ours(folder)
    if cached:
        sys.path.insert(0, folder)
    from nightlog_runner.main import main

    status = main(sys.argv[1:])
    if DIGEST and not cached:
        from nightlog_runner.cache import keep

        keep(archive, folder)
    return status


def end(status):
    """Ends with this status. Where what was said cannot be written, as on a full disk, the interpreter would put 120 in its place."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    end(run())
