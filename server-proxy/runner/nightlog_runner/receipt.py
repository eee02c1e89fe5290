"""`receipt.json`: what a run leaves on record. It is written last; where it lies, the attempt is over."""

import json
import time

from . import atomic_file
from .canonical import hash_output
from .cell_run import CellRun
from .cells import sha256
from .clock import iso

TRIES = 5


def make_receipt(job, attempt, ending, runs, facts, started_wall):
    """The receipt; `facts` holds what was gathered of environment, inputs, files and resources."""
    return {
        "format": 1,
        "job": job.id,
        "attempt": attempt,
        "version": job.version,
        "cells": [cell_record(run) for run in runs],
        "parameters": job.parameters,
        **facts,
        "startedAt": iso(started_wall),
        "endedAt": iso(),
        "exit": ending.as_dict(),
    }


def runs_of(cells):
    """Runs that never began, for a receipt of a run that ended before its kernel answered."""
    return [CellRun(cell) for cell in cells if cell.selected]


def cell_record(run):
    has_run = run.status not in ("not-run", "skipped")
    return {
        "id": run.cell.id,
        "index": run.cell.index,
        "status": run.status,
        "executionCount": run.execution_count,
        "startedAt": run.started_at,
        "durationSeconds": None if run.duration is None else round(run.duration, 6),
        "peakMemoryBytes": run.peak_bytes,
        "sourceSha256": sha256(run.cell.source),
        "outputs": [hash_output(output) for output in run.outputs.as_list()] if has_run else [],
    }


def write_receipt(folder, receipt, say):
    """Writes it durably. On a full disk the space that was set aside is freed and it is tried again; returns what kept it from being written, or None."""
    data = json.dumps(receipt, ensure_ascii=True, indent=1, allow_nan=False, default=str).encode() + b"\n"
    failure = None
    for attempt in range(TRIES):
        try:
            atomic_file.replace(folder.receipt, [data], durable=True)
            return None
        except OSError as error:
            failure = error
            say(f"The receipt cannot be written: {error.strerror}.")
            folder.free_reserve()
            time.sleep(0.2 * attempt)
    return failure
