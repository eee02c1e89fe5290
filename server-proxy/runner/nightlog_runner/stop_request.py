"""How a run is told to stop: a file `cancel` in the job's folder, or a signal. Signals also wake the loop that waits for the kernel."""

import os
import signal
import time

CHECK_SECONDS = 0.2


class StopRequest:
    def __init__(self, folder):
        self.path = os.path.join(folder, "cancel")
        self.how = None
        self.times = 0
        self.next_check = 0.0
        self.wake_read, self.wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) if hasattr(os, "pipe2") else plain_pipe()
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # A handler of its own makes the end of a child wake the loop.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)

    def _on_signal(self, number, frame):
        self.times += 1
        if self.how is None:
            self.how = f"by {signal.Signals(number).name}"

    def check(self, at_once=False):
        """How it was asked to stop, or None."""
        now = time.monotonic()
        if self.how is None and (at_once or now >= self.next_check):
            self.next_check = now + CHECK_SECONDS
            if os.path.lexists(self.path):
                self.how = "by the person"
        return self.how

    def drain(self):
        try:
            while os.read(self.wake_read, 512):
                pass
        except BlockingIOError:
            pass


def plain_pipe():
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    return read, write
