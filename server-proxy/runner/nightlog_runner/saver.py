"""Saves the executed notebook as it goes. Bytes of cells and outputs that did not change are reused, and saving takes a small share of the time.

A notebook too large to be written whole each second is written whole less often; between, what changed is kept beside it (`changes_file`).
"""

import os
import time

from . import atomic_file
from .changes_file import differences, identity, write_changes
from .notebook_json import file_output, split_lines

INTERVAL_SECONDS = 1.0
SHARE_OF_TIME = 0.05
# Writing this much takes no longer than writing what changed.
SMALL_BYTES = 1 << 20
METADATA = "metadata"


class Saver:
    def __init__(self, path, changes_path, notebook, cells):
        self.path = path
        self.changes_path = changes_path
        self.layout = notebook.layout
        self.cells = cells
        self.notebook = notebook
        self.metadata = dict(notebook.metadata)
        # The file in order: bytes that stay, a Cell, or METADATA; the last two have theirs in `pieces`, as lists of bytes.
        self.frame = None
        self.pieces = {}
        # Of each cell that ran: what its outputs were, and their bytes.
        self.encoded = {}
        # Cells whose bytes are to be made anew, and what was made anew since the notebook was last written whole.
        self.dirty = {}
        self.fresh = set()
        # Where each piece stands in the notebook that was last written whole, and what it was there.
        self.places = {}
        self.base = None
        self.unsaved = True
        self.last_end = None
        self.last_whole_end = None
        self.last_seconds = 0.0

    def change(self, run):
        """Notes that a cell's content or outputs changed; they are made into text when next saved."""
        self.dirty[run.cell] = run
        self.unsaved = True

    def set_metadata(self, name, value):
        if self.metadata.get(name) != value:
            self.metadata[name] = value
            self.dirty[METADATA] = None
            self.unsaved = True

    @property
    def is_due(self):
        return self.unsaved and (self.last_end is None or time.monotonic() - self.last_end >= INTERVAL_SECONDS)

    @property
    def whole_is_cheap(self):
        """Whether writing the notebook whole now stays within its share of the time."""
        return self.base is None or self.base[1] <= SMALL_BYTES or time.monotonic() - self.last_whole_end >= self.last_seconds / SHARE_OF_TIME

    def save(self, durable=False, whole=True):
        """Writes the notebook whole and returns its size; or, where that is not asked for and would take long, what changed, and returns None."""
        if self.frame is None:
            self._cut()
        start = time.monotonic()
        self._encode_dirty()
        if not whole and not self.whole_is_cheap:
            write_changes(self.changes_path, self.base, self._changes())
            total = None
        else:
            total = self._write_whole(durable)
            self.last_whole_end = time.monotonic()
            self.last_seconds = self.last_whole_end - start
        self.unsaved = False
        self.last_end = time.monotonic()
        return total

    def _write_whole(self, durable):
        places, whole, at = {}, [], 0
        for part in self.frame:
            pieces = [part] if isinstance(part, bytes) else self.pieces[part]
            if not isinstance(part, bytes):
                places[part] = (at, pieces)
            whole += pieces
            at += sum(map(len, pieces))
        total = atomic_file.replace(self.path, whole, durable)
        self.places, self.base = places, identity(self.path)
        self.fresh.clear()
        try:
            os.unlink(self.changes_path)
        except FileNotFoundError:
            pass
        return total

    def _changes(self):
        keys = sorted(self.fresh, key=lambda key: self.places[key][0])
        return [change for key in keys for change in differences(*self.places[key], self.pieces[key])]

    def _encode_dirty(self):
        for key, run in self.dirty.items():
            if key == METADATA:
                self.pieces[key] = [self.layout.encode(self.metadata, 1)]
            else:
                self.pieces[key] = self._encode(key, self._encode_outputs(run))
                run.is_changed = False
            self.fresh.add(key)
        self.dirty = {}

    def _encode(self, cell, outputs):
        """A cell in pieces: what stands before its outputs, each of them, and what stands after."""
        content = {**cell.content, "source": split_lines(cell.content.get("source", ""))}
        content.pop("outputs", None)
        before, after = self.layout.around(content, 2, "outputs")
        return [before, *outputs, (self.layout.newline(3).encode() if outputs else b"") + after]

    def _encode_outputs(self, run):
        """Each output with what separates it from the one before. Only what is new or changed is made into bytes: a cell may hold hundreds of MB."""
        known = self.encoded.get(run.cell, [])
        self.encoded[run.cell] = kept = []
        for position, item in enumerate(run.outputs.items):
            before = known[position] if position < len(known) else None
            if before is not None and before[:2] == (item, item.version):
                kept.append(before)
            else:
                kept.append((item, item.version, self._encode_output(item.output(), position)))
        pieces = [data for _, _, data in kept]
        return pieces + [self._encode_output(note, len(pieces)) for note in run.outputs.notes()]

    def _encode_output(self, output, position):
        separator = self.layout.between(4) if position else self.layout.newline(4)
        return separator.encode() + self.layout.encode(file_output(output), 4)

    def _cut(self):
        """Takes the bytes of every cell, and of what stands between, from the notebook's text; then that text is let go."""
        notebook = self.notebook
        text = notebook.text
        for cell in self.cells:
            self.pieces[cell] = [text[cell.span[0] : cell.span[1]].encode()] if cell.span else self._encode(cell, [])
        start, end = notebook.cells_span
        first, last = notebook.field_spans[METADATA]
        self.pieces[METADATA] = [text[first:last].encode()]
        parts = sorted([(start, end, self._cells_frame()), (first, last, [METADATA])], key=lambda part: part[0])
        frame, at = [], 0
        for begin, finish, content in parts:
            frame += [text[at:begin].lstrip("\ufeff").encode(), *content]
            at = finish
        self.frame = [*frame, text[at:].encode()]
        notebook.text = ""
        notebook.spans = []

    def _cells_frame(self):
        between = self.layout.between(2).encode()
        frame = [("[" + self.layout.newline(2)).encode() if self.cells else b"["]
        for position, cell in enumerate(self.cells):
            frame += [between, cell] if position else [cell]
        return [*frame, (self.layout.newline(1) + "]").encode() if self.cells else b"]"]
