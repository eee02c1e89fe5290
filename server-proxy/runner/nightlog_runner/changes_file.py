"""What changed in a large notebook since it was last saved whole. It is small, so it can be written each second; `recover` puts it into the notebook.

A line of JSON names the notebook that it belongs to and, for each change, the bytes there that it replaces; the new bytes follow, one after another.
"""

import json
import os

from . import atomic_file


def identity(path):
    """Names one saved state of a file."""
    found = os.stat(path)
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def differences(offset, before, after):
    """Changes, as `write_changes` takes them, between two lists of pieces; the first list stands at `offset` of the file.

    Pieces are compared place by place, and the last one with the last: between them a cell's outputs grow.
    """
    shared = min(len(before), len(after)) - 1
    pairs = [([old], [new]) for old, new in zip(before[:shared], after[:shared])]
    pairs += [(before[shared:-1], after[shared:-1]), (before[-1:], after[-1:])]
    for old, new in pairs:
        length = sum(map(len, old))
        if old != new:
            yield offset, length, b"".join(new)
        offset += length


def write_changes(path, base, changes):
    """`changes` are (offset, length, new bytes), sorted by offset, of the file that `base` names."""
    listed = [[offset, length, len(data)] for offset, length, data in changes]
    header = json.dumps({"base": base, "changes": listed}, separators=(",", ":")).encode() + b"\n"
    atomic_file.replace(path, [header, *(data for _, _, data in changes)], durable=False)


def recover(path, notebook):
    """Puts the changes into the notebook that they belong to and removes them; says whether there were any."""
    try:
        with open(path, "rb") as file:
            header = json.loads(file.readline())
            if header["base"] != identity(notebook):
                os.unlink(path)
                return False
            pieces = [(offset, length, file.read(size), size) for offset, length, size in header["changes"]]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if any(len(data) != size for _, _, data, size in pieces):
        # Cut off, as a power failure leaves a file: the notebook itself is whole.
        return False
    with open(notebook, "rb") as file:
        old = file.read()
    whole, at = [], 0
    for offset, length, data, _ in pieces:
        whole += [old[at:offset], data]
        at = offset + length
    atomic_file.replace(notebook, [*whole, old[at:]], durable=True)
    os.unlink(path)
    return True
