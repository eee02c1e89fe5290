"""Keeps this build unpacked and compiled, so that the next start need not compile it."""

import os
import shutil

KEPT = 6


def keep(archive, folder):
    """Unpacks the archive beside `folder` and renames it there. Where that cannot be done the next start is a little slower, no more."""
    import compileall
    import zipfile

    base = os.path.dirname(folder)
    temporary = f"{folder}.{os.getpid()}"
    try:
        os.makedirs(base, 0o700, exist_ok=True)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(temporary)
        os.chmod(temporary, 0o700)
        if not compileall.compile_dir(temporary, quiet=2, workers=1):
            raise OSError("not compiled")
        os.rename(temporary, folder)
        forget_old(base)
    except (OSError, zipfile.BadZipFile):
        shutil.rmtree(temporary, ignore_errors=True)


def forget_old(base):
    """Removes the oldest builds beyond a few."""
    folders = [entry.path for entry in os.scandir(base) if entry.is_dir(follow_symlinks=False)]
    folders.sort(key=lambda path: os.stat(path).st_mtime, reverse=True)
    for path in folders[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
