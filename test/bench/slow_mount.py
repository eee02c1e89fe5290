"""A mount that shows another folder and takes some milliseconds for every call: what a home on a busy network file system feels like.

Usage: python slow_mount.py FOLDER MOUNTPOINT MILLISECONDS; runs in the foreground until it is unmounted.
"""
import errno
import functools
import os
import sys
import time

import mfusepy


class SlowFolder(mfusepy.Operations):
    use_ns = True

    def __init__(self, root, delay_seconds):
        self.root = os.path.realpath(root)
        self.delay_seconds = delay_seconds

    def _real(self, path):
        return self.root + path

    def getattr(self, path, fh=None):
        status = os.lstat(self._real(path))
        names = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_ino")
        times = {name: getattr(status, name + "_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        return {**{name: getattr(status, name) for name in names}, **times}

    def access(self, path, amode):
        if not os.access(self._real(path), amode):
            raise mfusepy.FuseOSError(errno.EACCES)
        return 0

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self._real(path))]

    def readlink(self, path):
        return os.readlink(self._real(path))

    def mknod(self, path, mode, dev):
        return os.mknod(self._real(path), mode, dev)

    def mkdir(self, path, mode):
        return os.mkdir(self._real(path), mode)

    def rmdir(self, path):
        return os.rmdir(self._real(path))

    def unlink(self, path):
        return os.unlink(self._real(path))

    def symlink(self, target, source):
        return os.symlink(source, self._real(target))

    def rename(self, old, new):
        return os.rename(self._real(old), self._real(new))

    def link(self, target, source):
        return os.link(self._real(source), self._real(target))

    def chmod(self, path, mode):
        return os.chmod(self._real(path), mode)

    def chown(self, path, uid, gid):
        return os.lchown(self._real(path), uid, gid)

    def utimens(self, path, times=None):
        return os.utime(self._real(path), ns=times)

    def statfs(self, path):
        status = os.statvfs(self._real(path))
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize", "f_namemax")
        return {name: getattr(status, name) for name in names}

    def open(self, path, flags):
        return os.open(self._real(path), flags)

    def create(self, path, mode, fi=None):
        return os.open(self._real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        return os.truncate(fh if fh is not None else self._real(path), length)

    def flush(self, path, fh):
        return 0

    def fsync(self, path, datasync, fh):
        return os.fdatasync(fh) if datasync else os.fsync(fh)

    def release(self, path, fh):
        return os.close(fh)


def delayed(method):
    @functools.wraps(method)
    def call(self, *args, **named):
        time.sleep(self.delay_seconds)
        return method(self, *args, **named)

    return call


for _name, _method in list(vars(SlowFolder).items()):
    if not _name.startswith("_") and callable(_method):
        setattr(SlowFolder, _name, delayed(_method))


def main():
    folder, mountpoint, milliseconds = sys.argv[1:]
    mfusepy.FUSE(SlowFolder(folder, float(milliseconds) / 1000), mountpoint, foreground=True, nothreads=False, fsname="nightlog-slow")


main()
