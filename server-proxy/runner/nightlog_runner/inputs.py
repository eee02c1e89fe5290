"""The files that a job read: told by the audit hook in each Python, and seen by sampling the open files and maps of its processes."""

import hashlib
import os
import stat
import threading

from .clock import iso
from .system_files import MEMORY, SECRETS, SHARED_PREFIXES, is_system

# Libraries that open files without Python's knowing: where one is loaded, a file may have come and gone between two samples.
BLIND = ("/h5py/", "/netCDF4/", "/tables/", "/pyarrow/", "/fitsio/", "/rasterio/", "/osgeo/", "/duckdb/", "/polars/", "/cv2/", "/fiona/")
BLIND += ("libhdf5", "libcfitsio", "libnetcdf", "libgdal")
LIMIT_FILES = 20_000
CHUNK = 1 << 20
NO_TIME = "not hashed: no time was left"
NOT_AGAIN = "not looked at again: no time was left"
# How long one hash is waited for before the deadline is looked at again.
HASH_WAIT_SECONDS = 0.2


class Seen:
    """One file as it was when it was first seen. What the job wrote first is its own; what it only reads, or read before it wrote, is an input."""

    __slots__ = ("path", "size", "mtime_ns", "ctime_ns", "is_input", "written", "sha256", "note", "hashed")

    def __init__(self, path, size, mtime_ns, ctime_ns, written):
        self.path = path
        self.size = size
        self.mtime_ns = mtime_ns
        self.ctime_ns = ctime_ns
        self.is_input = not written
        self.written = written
        self.sha256 = None
        self.note = None
        self.hashed = False

    def is_changed(self):
        """Whether the file is no longer what it was, or is gone."""
        found = regular(self.path)
        return found is None or (found.st_size, found.st_mtime_ns) != (self.size, self.mtime_ns)

    def is_written_to(self):
        """As `is_changed`, also where the time was set back afterwards: that moves the time of change, as does another name for the file."""
        found = regular(self.path)
        return self.is_changed() or (found is not None and found.st_nlink == 1 and found.st_ctime_ns != self.ctime_ns)


class Copied:
    """A link that became the job's own file: where it led, and size, time, mode and time of change of the copy as it was made; None where there was nothing to copy."""

    __slots__ = ("facts", "target")

    def __init__(self, details):
        self.target, _, facts = details.rpartition("\n")
        self.facts = tuple(map(int, facts.split())) or None


class Inputs:
    def __init__(self, job, record_file, private_folder, started_ns):
        self.job = job
        self.record_file = record_file
        self.started_ns = started_ns
        self.lock = threading.RLock()
        # Held while a file is hashed in the thread that watches the job.
        self.hashing = threading.Lock()
        # None as long as cells run.
        self.deadline = None
        # Whether the files can be looked at; not once one could not be read to its end in time: the place where it lies may never answer.
        self.answers = True
        self.position = 0
        self.rest = b""
        self.files = {}
        self.interpreters = {}
        self.user_code = False
        own_names = ("events.ndjson", "log.txt", "job.json", "result.ipynb", "receipt.json")
        self.own = (job.folder + "/.", private_folder + "/", *(os.path.join(job.folder, name) for name in own_names))
        self.environments = set()
        self.own_prefixes = ()
        self.shared_prefixes = ()
        self.started_processes = False
        self.only_sampled = False
        self.blind = False
        self.left_out = 0
        self.copied = {}
        self.refused = []
        self.sampled = False

    # Python's own word

    def read_records(self):
        """Takes in what the hooks wrote since the last time."""
        with self.lock:
            self._read_records()

    def _read_records(self):
        try:
            with open(self.record_file, "rb") as file:
                file.seek(self.position)
                data = file.read()
        except OSError:
            return
        self.position += len(data)
        records = (self.rest + data).split(b"\0\n")
        self.rest = records.pop()
        for record in records:
            fields = record.split(b"\0")
            if len(fields) == 3:
                self._take(fields[0], os.fsdecode(fields[1]), fields[2].decode("utf-8", "replace"))

    def _take(self, kind, path, details):
        if kind == b"s":
            self._take_interpreter(details.split("\n"))
        elif kind == b"u":
            if self.user_code:
                return
            self.user_code = True
            self.started_processes = self.only_sampled = False
            self.files = {path: seen for path, seen in self.files.items() if "/startup/" in path}
        elif kind == b"p":
            self.started_processes = True
        elif kind == b"c":
            self.copied[path] = Copied(details)
        elif kind == b"b":
            self.refused.append(path)
        elif kind in (b"r", b"w"):
            numbers = details.split()
            if len(numbers) != 4:
                if kind == b"w":
                    self._add(path, 0, 0, 0, True)
            elif stat.S_ISREG(int(numbers[2])):
                self._add(path, int(numbers[0]), int(numbers[1]), int(numbers[3]), kind == b"w")

    def _take_interpreter(self, lines):
        if len(lines) < 6 or not lines[0].isdigit():
            return
        pid, executable, version, implementation, prefix, base = lines[:6]
        self.interpreters[int(pid)] = {
            "executable": executable,
            "version": version,
            "implementation": implementation,
            "prefix": prefix,
            "path": lines[6:],
        }
        if tuple(lines[4:]) not in self.environments:
            self.environments.add(tuple(lines[4:]))
            self._take_environment(prefix, base, lines[6:])

    def _take_environment(self, prefix, base, path):
        # What is open shows by its real path, where the environment may be reached by a link.
        prefixes = with_real([prefix, base])
        own = [folder + name for folder in prefixes for name in ("/lib/", "/lib64/", "/bin/", "/conda-meta/")]
        beside = {folder: (folder + "/share/", folder + "/etc/") for folder in prefixes}
        own += [place for folder, places in beside.items() if folder not in SHARED_PREFIXES for place in places]
        shared = [place for folder, places in beside.items() if folder in SHARED_PREFIXES for place in places]
        self.shared_prefixes = tuple(dict.fromkeys([*self.shared_prefixes, *shared]))
        own += [entry + "/" for entry in with_real([entry for entry in path if entry.endswith(("site-packages", "dist-packages"))])]
        self.own_prefixes = tuple(dict.fromkeys([*self.own_prefixes, *own]))

    def _add(self, path, size, mtime_ns, ctime_ns, written):
        if path.endswith(".pyc"):
            path = source_of(path)
            if path is None:
                return
            found = regular(path)
            if found is None:
                return
            size, mtime_ns, ctime_ns = found.st_size, found.st_mtime_ns, found.st_ctime_ns
        if path.startswith(SECRETS):
            self.left_out += 1
            return
        known = self.files.get(path)
        if known is not None:
            known.written = known.written or written
        if known is not None or self._is_own(path) or is_system(path, told=True):
            return
        if len(self.files) >= LIMIT_FILES:
            self.left_out += 1
            return
        self.files[path] = Seen(path, size, mtime_ns, ctime_ns, written)

    def _is_own(self, path):
        return path.startswith(self.own_prefixes) or path.startswith(self.own) or path == self.job.notebook

    # What the processes hold open

    def take_sample(self, path, writable, is_library):
        """A file that a process had open or mapped."""
        with self.lock:
            self._take_sample(path, writable, is_library)

    def _take_sample(self, path, writable, is_library):
        if is_library or is_shared_object(os.path.basename(path)):
            self.blind = self.blind or any(name in path for name in BLIND)
            return
        if path in self.files or self._is_own(path) or is_system(path, told=False) or path.startswith(self.shared_prefixes) or path.endswith(" (deleted)"):
            return
        found = regular(path)
        if found is None:
            return
        if path.startswith(MEMORY) and found.st_mtime_ns >= self.started_ns:
            # Memory that the job's processes share has a name there and is never opened as a file: what they put into it is no input.
            return
        self.read_records()
        if path in self.files or any(os.path.realpath(known) == path for known in list(self.files) if os.path.islink(known)):
            return
        made_now = writable and found.st_mtime_ns >= self.started_ns
        self._add(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, made_now or writable)
        self.only_sampled = True

    # Hashes

    def hash_next(self):
        """Hashes one file that was not hashed yet; says whether there was one."""
        with self.hashing:
            if self.deadline is not None:
                # Whoever ends the run does the rest.
                return False
            with self.lock:
                known = list(self.files.values())
            for seen in known:
                if seen.is_input and not seen.hashed:
                    self._hash(seen)
                    return True
        return False

    def _hash(self, seen):
        seen.hashed = True
        if seen.size > self.job.hash_up_to_bytes:
            seen.note = "not hashed: larger than the limit"
        elif not self._has_time():
            seen.note = NO_TIME
        elif regular(seen.path) is None:
            seen.note = "not hashed: deleted during the run"
        elif seen.is_changed():
            seen.note = "not hashed: changed during the run"
        else:
            seen.sha256, seen.note = hash_file(seen.path, self._has_time)

    def _has_time(self):
        return self.deadline is None or self.deadline.has_time()

    def _await_hash(self, deadline):
        """Waits for the file that is being hashed, and notes whether it was ready in time."""
        self.deadline = deadline
        has_time = True
        while self.answers:
            if self.hashing.acquire(timeout=HASH_WAIT_SECONDS):
                self.hashing.release()
                return
            # Who hashes is told, too, that the time is over, and may stop in the last wait.
            has_time, self.answers = self._has_time(), has_time

    def finish(self, made, is_python, deadline):
        """What stands in the receipt. `made` are the paths of files that the job itself made.

        Where the cells are not Python's, a hook in the kernel's own Python tells nothing of what they open.
        """
        self.read_records()
        self._await_hash(deadline)
        files = []
        for seen in self.files.values():
            if seen.is_input and (self._real(seen.path) or seen.path) not in made:
                self._complete(seen)
                files.append(self._record(seen))
        files.sort(key=lambda file: file["path"])
        told = is_python and bool(self.interpreters)
        method = (["audit"] if told else []) + (["sampling"] if self.sampled else [])
        told = told and not (self.only_sampled or self.blind or self.started_processes or self.left_out)
        return {"method": method, "complete": told, "files": files}

    def written_elsewhere(self, deadline):
        """Files that Python wrote outside the job's folder, as far as it said so. One that it opened to read and write, and then only read, is none."""
        self._await_hash(deadline)
        if not self.answers:
            return []
        written = (seen for seen in self.files.values() if seen.written and not seen.path.startswith(self.job.folder + "/"))
        return sorted(seen.path for seen in written if not seen.is_input or seen.is_written_to())

    def is_untouched_copy(self, path, deadline):
        """Whether this is a copy of a file behind a link that is as it was made: it could have been written to, and was not.

        A write in the moment of the copy does not show in its time of change, so that what it holds is compared, where there is time.
        """
        copied = self.copied.get(path)
        found = regular(path) if copied is not None and copied.facts else None
        if found is None or (found.st_size, found.st_mtime_ns, found.st_mode, found.st_ctime_ns) != copied.facts:
            return False
        if not self.answers or found.st_size > self.job.hash_up_to_bytes:
            return True
        own, target = (hash_file(place, deadline.has_time)[0] if deadline.has_time() else None for place in (path, copied.target))
        return None in (own, target) or own == target

    def _complete(self, seen):
        if not self.answers:
            seen.note = seen.note or (NO_TIME if seen.sha256 is None else NOT_AGAIN)
            return
        if not seen.hashed:
            self._hash(seen)
        if regular(seen.path) is None:
            seen.note = seen.note or "deleted during the run"
        elif seen.is_changed():
            seen.note = seen.note or "changed during the run; the hash is of what was read"

    def _record(self, seen):
        path = seen.path
        inside = path.startswith(self.job.tree + "/")
        record = {
            "path": os.path.relpath(path, self.job.work_dir) if inside else path,
            "sizeBytes": seen.size,
            "modifiedAt": iso(seen.mtime_ns / 1e9),
            "sha256": seen.sha256,
            "note": seen.note,
        }
        target = self.copied[path].target if path in self.copied else self._real(path)
        if inside and target is not None and not target.startswith(os.path.realpath(self.job.tree) + "/"):
            record["target"] = target
        return record

    def _real(self, path):
        """Where a file lies once links are followed; None where nothing there answers."""
        return os.path.realpath(path) if self.answers else None


def with_real(folders):
    """These folders, and where they lie when links are followed; each once."""
    return list(dict.fromkeys([*folders, *map(os.path.realpath, folders)]))


def is_shared_object(name):
    """`x.so`, and `x.so.1.2` with its version."""
    return name.endswith(".so") or all(part.isdigit() for part in name.partition(".so.")[2].split("."))


def regular(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def source_of(path):
    """The source of a compiled module: that is what a person would change."""
    folder, name = os.path.split(path)
    if os.path.basename(folder) != "__pycache__":
        return path
    source = os.path.join(os.path.dirname(folder), name.split(".", 1)[0] + ".py")
    return source if os.path.exists(source) else None


def hash_file(path, has_time):
    """SHA-256 of a file, and a note where it could not be had."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as file:
            while True:
                data = file.read(CHUNK)
                if not data:
                    return digest.hexdigest(), None
                digest.update(data)
                if not has_time():
                    return None, NO_TIME
    except OSError as error:
        return None, f"not hashed: {error.strerror}"
