"""What is known of one cell in this run."""

import time

from .clock import iso
from .outputs import CellOutputs


class CellRun:
    def __init__(self, cell):
        self.cell = cell
        self.outputs = CellOutputs()
        self.message_id = None
        self.status = "not-run"
        self.execution_count = None
        self.started_at = None
        self.started = None
        self.duration = None
        self.peak_bytes = None
        self.reply = None
        self.is_idle = False
        self.asked_to_exit = False
        self.timing = {}
        # Whether the cell's own fields changed since they were last made into text; of its outputs others tell.
        self.is_changed = False

    @property
    def allows_errors(self):
        return "raises-exception" in self.cell.tags

    @property
    def is_skipped(self):
        return "skip-execution" in self.cell.tags or not self.cell.source.strip()

    @property
    def is_done(self):
        return self.reply is not None and self.is_idle

    def begin(self):
        self.started_at = iso()
        self.started = time.monotonic()
        self.cell.content["execution_count"] = None
        self.is_changed = True

    def end(self, status):
        self.status = status
        self.duration = time.monotonic() - self.started if self.started is not None else 0.0
        metadata = self.cell.content.get("metadata")
        if self.timing and isinstance(metadata, dict) and isinstance(metadata.get("execution"), dict):
            # Only where the editor records times: there the old ones would be wrong now.
            self.cell.content["metadata"] = {**metadata, "execution": self.timing}
            self.is_changed = True

    def note_time(self, name, date):
        if isinstance(date, str):
            self.timing[name] = date

    def set_count(self, count):
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            self.execution_count = count
            if self.cell.content.get("execution_count") != count:
                self.cell.content["execution_count"] = count
                self.is_changed = True
