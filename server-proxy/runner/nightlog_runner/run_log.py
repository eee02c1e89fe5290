"""`log.txt`: what the kernel's process writes, the streams of the cells and the runner's own lines, as they come."""

import os

from .clock import iso

LIMIT_BYTES = 1 << 30


class RunLog:
    def __init__(self, path):
        self.path = path
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.written = 0
        self.at_line_start = True
        self.failed = False

    def say(self, sentence):
        """A line of the runner's own."""
        start = b"" if self.at_line_start else b"\n"
        self._write(start + f"[nightlog {iso()}] {sentence}\n".encode("utf-8", "replace"))

    def stream(self, text):
        """What a cell wrote, unchanged, up to a limit that keeps an endless loop from filling the disk."""
        if not text or self.written > LIMIT_BYTES:
            return
        data = text.encode("utf-8", "replace")
        self.written += len(data)
        self._write(data)
        if self.written > LIMIT_BYTES:
            self.say("The cells wrote more than 1 GB; the log leaves out the rest.")

    def _write(self, data):
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except OSError:
            # The log must not end a run; that the disk is full is noticed where the result is saved.
            self.failed = True
            return
        self.at_line_start = data[-1:] == b"\n"

    def tail(self, limit=4000):
        """The last that was written, for the detail of an ending."""
        try:
            with open(self.path, "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - limit))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""
