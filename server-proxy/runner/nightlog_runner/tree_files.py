"""What a job wrote: the job's tree before and after, compared by what the file system says of each file."""

import os
import stat

from .inputs import hash_file

SKIPPED = ("__pycache__", ".ipynb_checkpoints")
LIMIT_FILES = 200_000


class TreeSnapshot:
    """Every file below a folder, links not followed. `complete` is false where some of it could not be read or it is too large."""

    def __init__(self, root, own):
        self.files = {}
        self.complete = True
        self._walk(root, own)

    def _walk(self, root, own):
        folders = [root]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.path in own or entry.name in SKIPPED:
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif len(self.files) >= LIMIT_FILES:
                            self.complete = False
                            return
                        else:
                            self._note(entry)
            except OSError:
                self.complete = False

    def _note(self, entry):
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return
        # The time of change also moves when another job links to the same file.
        changed = found.st_ctime_ns if found.st_nlink == 1 else 0
        self.files[entry.path] = (found.st_size, found.st_mtime_ns, found.st_ino, changed, stat.S_IFMT(found.st_mode))

    def changes(self, later):
        """Paths that are new or changed in a later snapshot, and those that are gone; each sorted."""
        changed = sorted(path for path, facts in later.files.items() if self.files.get(path) != facts)
        gone = sorted(path for path in self.files if path not in later.files)
        return changed, gone


def describe(paths, work_dir, limit_bytes, deadline):
    """Files as a receipt lists them; sockets, pipes and links are left out unless a link leads to a file."""
    files = []
    for path in paths:
        try:
            found = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            sha256 = hash_file(path, deadline.has_time)[0] if found.st_size <= limit_bytes and deadline.has_time() else None
            files.append({"path": os.path.relpath(path, work_dir), "sizeBytes": found.st_size, "sha256": sha256})
    return files
