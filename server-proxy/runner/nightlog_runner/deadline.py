"""Until when the end of a run may go on."""

import time


class Deadline:
    """So many seconds from now. Where a run is asked to stop meanwhile, `hurried_seconds` are left from then on."""

    def __init__(self, seconds, stop=None, hurried_seconds=0.0):
        self.at = time.monotonic() + seconds
        self.stop = stop
        self.hurried_seconds = hurried_seconds

    def left(self):
        """Seconds that are left; none or fewer once it has passed."""
        now = time.monotonic()
        # Another thread may ask at the same time, and take it away.
        stop = self.stop
        if stop is not None and stop.check():
            self.stop = None
            self.at = min(self.at, now + self.hurried_seconds)
        return self.at - now

    def has_time(self):
        return self.left() > 0


def end_seconds(usual, hurried, left):
    """How long a part of the run's end may take where so many seconds of its time are left: the usual time, less towards the limit, never less than in a hurry."""
    return max(hurried, min(usual, left))
