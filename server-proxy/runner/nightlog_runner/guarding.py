"""What of the notebook's own folder was kept from a job, how, and whether the job ran into it."""

import errno
import os

from . import endings
from .folder_guard import FolderGuard
from .guarded_places import guarded_places

# Set by whoever starts the runner, where the configuration says so.
SWITCH = "NIGHTLOG_FOLDER_GUARD"


class Guarding:
    def __init__(self, job, environment, private_folder):
        places = guarded_places(job, environment, private_folder)
        self.folders = places.read_only
        self.note = places.note
        self.guard = None
        self.cells = []
        if environment.pop(SWITCH, None) == "off":
            self.note = "The configuration switches it off."
        elif self.folders:
            self.guard = FolderGuard(places)
        self.words = read_only_words() if self.guard is not None else ()

    def started(self, unguarded):
        """The kernel runs; `unguarded` says why without the guard, or None."""
        if unguarded is not None:
            self.guard = None
            self.words = ()
            self.note = f"This machine does not let it be: {unguarded}."

    def look_at(self, cell, text):
        """Looks whether something in this cell was told that it cannot write."""
        if self.words and any(word in text for word in self.words) and cell not in self.cells:
            self.cells.append(cell)

    def explain(self, ending):
        """The ending, with what to do where the cell that failed could not write."""
        if ending.cell in self.cells and ending.reason in ("cell-error", "kernel-died"):
            ending.title = f"{ending.title} {endings.READ_ONLY}"
        return ending

    def record(self, is_hooked):
        """What stands in the receipt. `is_hooked` says whether the kernel's own Python was watched."""
        method = self.guard.method if self.guard is not None else "audit-hook" if is_hooked and self.folders else "none"
        return {"method": method, "folders": self.folders if self.guard is not None else [], "note": self.note, "cellsRefused": self.cells}


def read_only_words():
    """What the system says where writing is refused, in English and in the person's language."""
    said = {"Read-only file system"}
    try:
        import _locale

        category = _locale.LC_MESSAGES
        before = _locale.setlocale(category, None)
        try:
            _locale.setlocale(category, "")
            said.add(os.strerror(errno.EROFS))
        finally:
            _locale.setlocale(category, before)
    except (ImportError, AttributeError, ValueError, OSError):
        # A language that this machine does not know: programs speak English then.
        pass
    return tuple(sorted(said))
