"""Laid before the kernel's own `sitecustomize`, into every Python that a job starts.

It tells the runner which files Python opens, and keeps a job from writing into the notebook's folder: a link is replaced by a private copy before
it is written to, and what is reached through a linked folder is refused. It leaves no name in any namespace, and hands over to the
`sitecustomize` that would have been found without it. Kept to the words that every Python since 2.7 can read: a notebook may start any.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST_RECORDS = 200000
WRITES = getattr(os, "O_WRONLY", 1) | getattr(os, "O_RDWR", 2) | os.O_CREAT | os.O_TRUNC | os.O_APPEND

REFUSED = (
    "A job does not write into the notebook's own folder. Write by a relative path into the folder that the job runs in: under a new name, or in a "
    "folder that the notebook makes"
)


class Refusal(Exception):
    """Carries the error that the notebook is to see."""

    def __init__(self, error):
        Exception.__init__(self, str(error))
        self.error = error


def install(record_file, tree, folder, home, quick):
    from _thread import _local

    busy = _local()
    seen = set()
    state = {"count": 0}
    getcwd, join, normpath = os.getcwd, os.path.join, os.path.normpath
    lstat, stat, fsdecode, fsencode = os.lstat, os.stat, os.fsdecode, os.fsencode
    own = tuple(prefix for prefix in own_prefixes() if prefix)

    def record(kind, path, details):
        """Appends one record; a record is whole or not there."""
        if state["count"] > LONGEST_RECORDS:
            return
        state["count"] += 1
        data = b"\0".join([kind, fsencode(path), details.encode("utf-8", "replace")]) + b"\0\n"
        try:
            descriptor = os.open(record_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError:
            # A record that cannot be written must not break the notebook.
            pass

    def absolute(path, directory=-1):
        """The path as text from the root, links not followed; None where it is none."""
        if isinstance(path, int):
            return None
        path = fsdecode(path)
        if not path.startswith("/"):
            base = os.readlink("/proc/self/fd/%d" % directory) if isinstance(directory, int) and directory >= 0 else getcwd()
            path = join(base, path)
        return normpath(path) if "/." in path or "//" in path else path

    def is_own(path):
        return path.startswith(own) or (path.startswith("/dev/") and not path.startswith("/dev/shm/"))

    def on_open(path, mode, flags):
        path = absolute(path)
        if path is None or is_own(path):
            return
        if isinstance(flags, int) and flags & WRITES:
            before_write(path, flags)
            # What is there stays, so that what comes of it depends on it.
            if not flags & (os.O_TRUNC | os.O_EXCL):
                note_read(path)
            key = "w" + path
            if key not in seen:
                seen.add(key)
                record(b"w", path, facts(path))
        else:
            note_read(path)

    def note_read(path):
        """A file that is there, and that the job did not write before."""
        if path not in seen and "w" + path not in seen:
            details = facts(path)
            if details:
                seen.add(path)
                record(b"r", path, details)

    def facts(path):
        try:
            found = stat(path)
        except OSError:
            return ""
        return "%d %d %d %d" % (found.st_size, found.st_mtime_ns, found.st_mode, found.st_ctime_ns)

    def inside(path, top):
        return path == top or path.startswith(top + "/")

    def refuse(path):
        record(b"b", path, "")
        raise Refusal(PermissionError(13, REFUSED, path))

    def real_place(path):
        """Where the entry itself lies: links on the way followed, a link at its end not."""
        head, tail = os.path.split(path)
        return join(os.path.realpath(head), tail)

    def before_change(path):
        """Refuses what would change an entry of the notebook's folder. Returns where the entry lies."""
        place = real_place(path)
        if inside(place, folder):
            return place
        if inside(path, folder) or (home and in_home(place)):
            refuse(path)
        return place

    def in_home(place):
        """Below the notebook's project; its hidden folders (caches, settings) are no part of it, and a person's whole home is no project."""
        if not inside(place, home):
            return False
        person = os.path.expanduser("~")
        return not inside(person, home) and "/." not in place[len(home) :]

    def before_write(path, flags):
        """Makes a link private before it is written to."""
        place = before_change(path)
        try:
            found = lstat(place)
        except OSError:
            return
        if (found.st_mode & 0o170000) != 0o120000:
            return
        target = os.path.realpath(place)
        if inside(target, folder):
            return
        if not inside(place, tree):
            if home and in_home(target):
                refuse(path)
            return
        if flags & os.O_CREAT and flags & os.O_EXCL:
            return
        make_private(place, target, flags)

    def make_private(place, target, flags):
        try:
            found = stat(target)
        except OSError:
            found = None
        if found is None:
            if flags & os.O_CREAT:
                remove_link(place)
            return
        if (found.st_mode & 0o170000) != 0o100000:
            return
        if flags & os.O_TRUNC and flags & os.O_CREAT:
            remove_link(place)
            record(b"c", place, target + "\n")
            return
        temporary = place + ".nightlog-copy-%d" % os.getpid()
        try:
            copy(target, temporary, 0 if flags & os.O_TRUNC else found.st_size, found)
            os.rename(temporary, place)
        except OSError as error:
            try:
                os.unlink(temporary)
            except OSError:
                pass
            # Going on would write through the link.
            text = "The job could not make its own copy of this file before writing to it (%s)" % error.strerror
            raise Refusal(OSError(error.errno, text, place))
        record(b"c", place, target + "\n" + facts(place))

    def remove_link(place):
        try:
            os.unlink(place)
        except OSError as error:
            raise Refusal(OSError(error.errno, "The job could not replace this link by a file of its own (%s)" % error.strerror, place))

    def copy(source, target, size, found):
        out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            into = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            try:
                done = 0
                while done < size:
                    data = os.read(into, 1 << 20)
                    if not data:
                        break
                    view = memoryview(data)
                    while view:
                        view = view[os.write(out, view) :]
                    done += len(data)
            finally:
                os.close(into)
            os.fchmod(out, (found.st_mode & 0o777) | 0o600)
            os.utime(out, ns=(found.st_atime_ns, found.st_mtime_ns))
        finally:
            os.close(out)

    def on_entry(path, directory=-1):
        path = absolute(path, directory)
        if path is not None:
            before_change(path)

    def on_change(path, directory=-1):
        path = absolute(path, directory)
        if path is not None:
            before_write(path, os.O_RDWR)

    def on_rename(source, target, source_directory=-1, target_directory=-1):
        on_entry(source, source_directory)
        on_entry(target, target_directory)

    def on_symlink(source, target, directory=-1):
        on_entry(target, directory)

    def on_mkdir(path, mode=0, directory=-1):
        on_entry(path, directory)

    def on_chmod(path, mode=0, directory=-1):
        on_change(path, directory)

    def on_chown(path, user=0, group=0, directory=-1):
        on_change(path, directory)

    def on_utime(path, times=None, nanoseconds=None, directory=-1):
        on_change(path, directory)

    def on_truncate(path, length=0):
        on_change(path)

    def on_database(database):
        name = fsdecode(database) if not isinstance(database, str) else database
        query = ""
        if name.startswith("file:"):
            name, _, query = name[5:].partition("?")
            name = name[2:] if name.startswith("///") else name
        if not name or name.startswith(":memory:") or "mode=memory" in query:
            return
        path = absolute(name)
        if "mode=ro" not in query and "immutable=1" not in query:
            place = real_place(path)
            if inside(place, folder):
                before_write(path, os.O_RDWR | os.O_CREAT)
        note_read(path)

    handlers = {
        "open": on_open,
        "os.remove": on_entry,
        "os.rmdir": on_entry,
        "os.rename": on_rename,
        "os.link": on_rename,
        "os.symlink": on_symlink,
        "os.mkdir": on_mkdir,
        "os.chmod": on_chmod,
        "os.chown": on_chown,
        "os.utime": on_utime,
        "os.truncate": on_truncate,
        "sqlite3.connect": on_database,
    }
    find = handlers.get

    def hook(event, arguments):
        handler = find(event)
        if handler is None or getattr(busy, "on", False):
            return
        busy.on = True
        refusal = None
        try:
            handler(*arguments)
        except Refusal as error:
            refusal = error.error
        except (OSError, ValueError, TypeError, AttributeError):
            # What cannot be looked at is left to the call itself, which will say what is wrong.
            pass
        finally:
            busy.on = False
        if refusal is not None:
            raise refusal

    def introduce():
        version = "%d.%d.%d" % sys.version_info[:3]
        parts = [str(os.getpid()), sys.executable or "", version, sys.implementation.name, sys.prefix, sys.base_prefix]
        record(b"s", "/", "\n".join(parts + [entry for entry in sys.path if entry and entry != HERE]))

    def on_process(*arguments):
        if "process" not in seen:
            seen.add("process")
            record(b"p", "/", "")

    def on_compile(source, name):
        """The first cell: what was opened before belongs to the kernel's own start."""
        if is_cell(str(name)):
            del handlers["compile"]
            # What the kernel's own start began does not count, and must not hide what a cell begins.
            seen.discard("process")
            record(b"u", "/", "")
            if gc is not None:
                gc.freeze()
                gc.enable()
            import atexit

            atexit.register(before_exit)

    def is_cell(name):
        # As ipykernel 6 and 5 call a cell, and as a person wants it called. Not the launcher, which is compiled where no compiled one lies beside it.
        if "ipykernel_%d" % os.getpid() in name or name.startswith("<ipython-input-") or name == os.environ.get("IPYKERNEL_CELL_NAME"):
            return True
        # Under whatever name: what IPython compiles while it runs one.
        frame = sys._getframe()
        while frame is not None and frame.f_code.co_name not in ("run_cell", "run_cell_async"):
            frame = frame.f_back
        return frame is not None

    def before_exit():
        """Runs after the notebook's own exit handlers and before ipykernel's. There a thread may flush a stream just when the one that would do it
        stops, and then everything waits for 10 s: so what is left is flushed now, and then nobody waits for long."""
        streams = sys.modules.get("ipykernel.iostream")
        if streams is not None:
            streams.OutStream.flush_timeout = 0.1
            sys.stdout.flush()
            sys.stderr.flush()

    gc = None
    if quick:
        # No garbage is collected while the kernel starts, and what it made by then is never looked at again. From the first cell on all is as ever.
        import gc

        gc.disable()
        handlers["compile"] = on_compile
    for event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"):
        handlers[event] = on_process
    introduce()
    sys.addaudithook(hook)


def own_prefixes():
    """Where Python itself and its packages lie: what is read there is in the list of packages."""
    found = ["/proc/", "/sys/"]
    for prefix in with_real([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]):
        found += [prefix + name for name in ("/lib/", "/lib64/", "/bin/", "/include/", "/conda-meta/", "/pyvenv.cfg")]
        # The system's own Python shares these two with everything else that is installed.
        found += [prefix + name for name in ("/share/", "/etc/") if prefix not in ("/usr", "/usr/local")]
    packages = ("site-packages", "dist-packages", ".zip")
    for entry in with_real([entry for entry in sys.path if entry.endswith(packages)]):
        found.append(entry + ("" if entry.endswith(".zip") else "/"))
    found.append(HERE + "/")
    return found


def with_real(folders):
    """These folders, and where they lie when links are followed: a library may open its files by either."""
    return set(folders) | set(map(os.path.realpath, folders))


def hand_over():
    """Does what Python would have done without this file."""
    while HERE in sys.path:
        sys.path.remove(HERE)
    sys.path_importer_cache.pop(HERE, None)
    sys.modules.pop("sitecustomize", None)
    __import__("sitecustomize")


def main():
    settings = os.environ.get("NIGHTLOG_HOOK", "").split("\n")
    if sys.version_info >= (3, 8) and len(settings) == 4:
        try:
            install(*(settings + [os.environ.pop("NIGHTLOG_QUICK_START", "")]))
        except Exception:
            # Without the hook the files are known by sampling, and the receipt says so.
            pass


main()
hand_over()
