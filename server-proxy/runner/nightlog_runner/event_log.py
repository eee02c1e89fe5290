"""`events.ndjson`: what happened, a line each, numbered over all attempts."""

import json
import os

from .clock import iso


class EventLog:
    """`starts` is how many attempts had begun when it was opened."""

    def __init__(self, path):
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.starts = count_starts(path)
        self.seq, end = self._last()
        # A line that a killed runner wrote half is not yet written, as the protocol says.
        os.ftruncate(self.descriptor, end)
        self.end = end

    def _last(self):
        """The number of the last whole line, and where that line ends."""
        size = os.fstat(self.descriptor).st_size
        position, tail = size, b""
        while position > 0:
            step = min(65536, position)
            position -= step
            tail = os.pread(self.descriptor, step, position) + tail
            end = tail.rfind(b"\n")
            while end >= 0:
                start = tail.rfind(b"\n", 0, end)
                if start < 0 and position > 0:
                    break
                try:
                    return int(json.loads(tail[start + 1 : end])["seq"]), position + end + 1
                except (ValueError, KeyError, TypeError):
                    end = start
        return 0, 0

    def append(self, kind, **fields):
        """Appends one event whole, or not at all."""
        event = {"seq": self.seq + 1, "time": iso(), "kind": kind}
        event.update(fields)
        line = json.dumps(event, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        done = 0
        try:
            while done < len(line):
                done += os.pwrite(self.descriptor, line[done:], self.end + done)
        except OSError:
            os.ftruncate(self.descriptor, self.end)
            raise
        self.end += len(line)
        self.seq += 1

    def close(self):
        os.close(self.descriptor)


def count_starts(path):
    count = 0
    with open(path, "rb") as file:
        for line in file:
            try:
                count += line.endswith(b"\n") and json.loads(line).get("kind") == "started"
            except (ValueError, AttributeError):
                # Something else wrote into the file; it is no event.
                continue
    return count
