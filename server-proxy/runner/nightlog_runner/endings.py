"""Why a run ends, in words that tell the person what to do."""

import errno
import re

FULL = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (
    "A job cannot write into the notebook's own folder. Let it write into the folder that it runs in, by a relative path: "
    "under a new name, or in a folder that it makes. The file is then among the job's files; `nightlog job ID` says where they are."
)

# ECMA-48: what is for a terminal alone. A control sequence has parameters and one final byte, a string (a title, a link) ends in BEL or ESC \;
# the others are short. What is left of one that is not whole is text. A string ends where the next one begins, too: so nothing is looked through twice.
SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\x9d\x90\x98\x9e\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# Who reads events and receipts takes in no line or file without end; the whole of what a cell said is in its output.
DETAIL_CHARACTERS = 10_000


class Ending(Exception):
    """Ends the run. `reason` is one of the protocol's exit reasons. Its words are plain text, whatever a notebook wrote for a terminal."""

    def __init__(self, reason, title, detail=None, cell=None):
        super().__init__(plain(title))
        self.reason = reason
        self.title = plain(title)
        self.detail = None if detail is None else without_middle(plain(detail))
        self.cell = cell

    def as_dict(self):
        return {"reason": self.reason, "title": self.title, "detail": self.detail, "cell": self.cell}


def completed(count):
    return Ending("completed", "Every cell ran." if count != 1 else "The cell ran.")


def cell_error(cell, name, value, traceback):
    name, value = shorten(plain(name or "")), shorten(plain(value or ""))
    if not name:
        # Shells say only a number.
        return Ending("cell-error", f"A cell failed ({value or 'the kernel did not say why'}). Its output shows more.", traceback, cell)
    said = f"{name}: {value}" if value else name
    return Ending("cell-error", f"A cell raised {said}. Its traceback is in the cell's output.", traceback, cell)


def input_requested(cell, detail):
    title = "A cell asked for input, which a job cannot give. Take the value from a parameter instead."
    return Ending("input-requested", title, detail, cell)


def cancelled(how):
    return Ending("cancelled", "The job was cancelled. What had finished is kept.", how)


def wall_time(seconds, cell):
    title = f"The time limit of {duration(seconds)} was reached. What had finished is kept; ask for more time to run all of it."
    return Ending("wall-time", title, None, cell)


def cell_timeout(seconds, cell):
    title = f"A cell ran longer than the {duration(seconds)} that one cell may take. Raise that limit, or make the cell do less."
    return Ending("cell-timeout", title, None, cell)


def kernel_died(how, cell, log_tail):
    title = f"The kernel ended by itself ({how}) while a cell ran." if cell else f"The kernel ended by itself ({how}) before a cell ran."
    return Ending("kernel-died", title + " The log shows what it last wrote.", log_tail, cell)


def out_of_memory(limit_bytes, cell, detail, of_machine=False):
    """`limit_bytes` is the job's own limit, or None where another one was met."""
    limit = "memory of this machine" if of_machine else f"memory of {size(limit_bytes)}" if limit_bytes else "memory that this job may use"
    title = f"The {limit} was used up, and the kernel was ended. Ask for more memory, or let the notebook hold less at a time."
    return Ending("out-of-memory", title, detail, cell)


def kernel_missing(title, detail=None):
    return Ending("kernel-missing", title, detail)


def kernel_hangs(title, cell=None, detail=None):
    return Ending("kernel-hangs", title, detail, cell)


def disk_full(detail, cell=None):
    title = "The disk with the job's folder is full, so the run was stopped. Free some space, or ask for more quota, and run it again."
    return Ending("disk-full", title, detail, cell)


def cannot_write(error):
    """The ending for an error of writing into the job's folder."""
    if error.errno in FULL:
        return disk_full(f"{error.strerror}: {error.filename or 'a file of the job'}")
    return runner_error(f"The job's folder cannot be written to: {error.strerror}. Look at the disk or its mount.", str(error))


def runner_error(title, detail=None, cell=None):
    return Ending("runner-error", title, detail, cell)


def processes(count):
    return "1 process" if count == 1 else f"{count} processes"


def plain(text):
    """Text without what is for a terminal: of the control characters, tabs and ends of lines are kept."""
    text = SEQUENCES.sub("", str(text))
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text, limit=300):
    text = " ".join(str(text or "").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def without_middle(text):
    """The beginning and the end of a text that is too long for a detail."""
    half = DETAIL_CHARACTERS // 2
    left_out = len(text) - 2 * half
    return text if left_out <= 0 else f"{text[:half]}\n[Nightlog left out {left_out:,} characters here.]\n{text[-half:]}"


def duration(seconds):
    seconds = int(seconds)
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}" + ("" if count == 1 else "s")
    return f"{seconds} seconds"


def size(count):
    for unit, name in ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if count >= unit:
            return f"{count / unit:.1f}".rstrip("0").rstrip(".") + " " + name
    return f"{count} bytes"
