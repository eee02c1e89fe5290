"""Finds a kernel that hangs. One that computes may be silent for days, and one that waits may do nothing for as long."""

import os

from . import process_tree

BEAT_SECONDS = float(os.environ.get("NIGHTLOG_RUNNER_BEAT_SECONDS", "5"))
HANG_SECONDS = float(os.environ.get("NIGHTLOG_RUNNER_HANG_SECONDS", "60"))
START_SECONDS = float(os.environ.get("NIGHTLOG_RUNNER_START_SECONDS", "60"))
LONGEST_START_SECONDS = START_SECONDS * 5


class HangWatch:
    """Times are monotonic. A kernel hangs that does not answer its heartbeat, uses no processor time, and either was stopped by a signal or is known
    to answer while a cell runs: some answer between cells only, and of those silence says nothing."""

    def __init__(self, kernel, wire):
        self.kernel = kernel
        self.wire = wire
        self.answers_while_busy = False
        self.next_look = 0.0
        # What was seen of a kernel that seems to hang, and since when that has been the same.
        self.seen = None
        self.since = None

    def begin_cell(self):
        """An answer to what was asked before is none of a busy kernel."""
        self.wire.forget_beats()
        self.since = None

    def look(self, now, last_message):
        """For how many seconds the kernel has hung when that is too long; None otherwise."""
        if now - last_message < BEAT_SECONDS:
            self.since = None
            return None
        if now < self.next_look:
            return None
        self.next_look = now + min(BEAT_SECONDS, HANG_SECONDS / 4)
        age = self.wire.beat(now)
        if age is not None and age < BEAT_SECONDS * 2:
            self.answers_while_busy, self.since = True, None
            return None
        is_stopped = process_tree.state(self.kernel.pid) == "T"
        if not is_stopped and not self.answers_while_busy:
            self.since = None
            return None
        # What a stopped kernel started may compute on: that is no work of its own.
        pids = [self.kernel.pid] if is_stopped else process_tree.descendants([self.kernel.pid])
        silent = self._unchanged((is_stopped, ticks_of(pids)), now)
        return silent if silent >= HANG_SECONDS else None

    def start_hangs(self, now, waited):
        """Whether a kernel that has not answered `waited` seconds after its start will not."""
        if waited < START_SECONDS:
            return False
        still = self._unchanged(ticks_of(process_tree.descendants([self.kernel.pid])), now)
        return waited > LONGEST_START_SECONDS or still > START_SECONDS / 4

    def _unchanged(self, seen, now):
        """For how many seconds the same was seen."""
        if self.since is None or seen != self.seen:
            self.seen, self.since = seen, now
        return now - self.since

    def state_words(self):
        state = process_tree.state(self.kernel.pid)
        return "Its process was stopped by a signal." if state in ("T", "t") else f"State of its process: {state}."


def ticks_of(pids):
    return sum(process_tree.cpu_ticks(pid) for pid in pids)
