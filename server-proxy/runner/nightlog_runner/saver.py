"""Saves the executed notebook as it goes. Bytes of cells that did not change are reused; a save takes at most a tenth of the time."""

import time

from . import atomic_file
from .notebook_json import file_output, split_lines

INTERVAL_SECONDS = 1.0
SHARE_OF_TIME = 0.1


class Saver:
    def __init__(self, path, notebook, cells):
        self.path = path
        self.layout = notebook.layout
        self.cells = cells
        self.positions = {cell: position for position, cell in enumerate(cells)}
        self.notebook = notebook
        self.pieces = None
        self.metadata = dict(notebook.metadata)
        self.metadata_changed = False
        self.dirty = {}
        self.unsaved = False
        self.last_end = None
        self.last_seconds = 0.0

    def change(self, run):
        """Notes that a cell's content or outputs changed; they are made into text when next saved."""
        self.dirty[run.cell] = run
        self.unsaved = True

    def set_metadata(self, name, value):
        if self.metadata.get(name) != value:
            self.metadata[name] = value
            self.metadata_changed = self.unsaved = True

    @property
    def is_due(self):
        if not self.unsaved:
            return False
        if self.last_end is None:
            return True
        return time.monotonic() - self.last_end >= max(INTERVAL_SECONDS, self.last_seconds / SHARE_OF_TIME)

    @property
    def is_cheap(self):
        """Whether a save may follow at once, as after a cell: it stays within its share of the time since the last."""
        return self.last_end is None or time.monotonic() - self.last_end >= self.last_seconds / SHARE_OF_TIME

    def save(self, durable=False):
        """Writes the notebook whole and renames it into place; returns its size."""
        start = time.monotonic()
        if self.pieces is None:
            self._cut()
        for cell, run in self.dirty.items():
            self.pieces[self.positions[cell]] = self._encode(cell, run.outputs.as_list())
        self.dirty = {}
        total = atomic_file.replace(self.path, self._all_pieces(), durable)
        self.unsaved = False
        self.last_end = time.monotonic()
        self.last_seconds = self.last_end - start
        return total

    def _cut(self):
        """Takes the bytes of every cell, and of what stands between, from the notebook's text; then that text is let go."""
        notebook = self.notebook
        text = notebook.text
        self.pieces = [text[cell.span[0] : cell.span[1]].encode() if cell.span else self._encode(cell, []) for cell in self.cells]
        start, end = notebook.cells_span
        meta_start, meta_end = notebook.field_spans["metadata"]
        cuts = sorted([(start, end, "cells"), (meta_start, meta_end, "metadata")])
        self.frame = []
        at = 0
        for first, last, name in cuts:
            self.frame += [text[at:first].lstrip("\ufeff").encode(), name]
            at = last
        self.frame.append(text[at:].encode())
        self.metadata_piece = text[meta_start:meta_end].encode()
        notebook.text = ""
        notebook.spans = []

    def _encode(self, cell, outputs):
        content = {**cell.content, "source": split_lines(cell.content.get("source", ""))}
        content["outputs"] = [file_output(output) for output in outputs]
        return self.layout.encode(content, 2)

    def _all_pieces(self):
        if self.metadata_changed:
            self.metadata_piece = self.layout.encode(self.metadata, 1)
            self.metadata_changed = False
        between = b"," + (self.layout.newline(2) or " ").encode()
        for part in self.frame:
            if part == "metadata":
                yield self.metadata_piece
            elif part == "cells":
                yield b"["
                for position, piece in enumerate(self.pieces):
                    yield between if position else self.layout.newline(2).encode()
                    yield piece
                if self.pieces:
                    yield self.layout.newline(1).encode()
                yield b"]"
            else:
                yield part
