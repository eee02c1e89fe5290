"""Files that are there whole or not at all."""

import os

PIECES_AT_ONCE = 512


def write_all(descriptor, pieces):
    """Writes pieces of bytes one after another; returns how many bytes that were. Nothing is joined in memory."""
    total = 0
    queue = [piece for piece in pieces if piece]
    start = 0
    while start < len(queue):
        batch = queue[start : start + PIECES_AT_ONCE]
        written = os.writev(descriptor, batch)
        total += written
        for piece in batch:
            if written < len(piece):
                queue[start] = memoryview(piece)[written:]
                break
            written -= len(piece)
            start += 1
    return total


def replace(path, pieces, durable):
    """Writes a file beside `path` and renames it over. Where that fails, `path` is as it was and nothing is left behind."""
    temporary = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".writing")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            total = write_all(descriptor, pieces)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
    if durable:
        sync_folder(os.path.dirname(path))
    return total


def sync_folder(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network file systems cannot sync a folder; the rename is as durable as they make it.
        pass
    finally:
        os.close(descriptor)
