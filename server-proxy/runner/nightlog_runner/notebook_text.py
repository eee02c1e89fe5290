"""An .ipynb cut at its cells' borders, so that a save reuses the bytes of every cell that did not change."""

import json
import re

from .endings import runner_error
from .notebook_json import Layout

blank = re.compile(r"[ \t\n\r]*").match
decode = json.JSONDecoder().raw_decode


class NotebookText:
    """`cells` are the parsed cells; `spans` say where each stands in `text`; `fields` are the other top-level values."""

    def __init__(self, text):
        self.text = text
        self.cells = []
        self.spans = []
        self.fields = {}
        self.field_spans = {}
        self.cells_span = None
        self._read()
        self.layout = Layout(self._indent())

    @property
    def minor(self):
        minor = self.fields.get("nbformat_minor")
        return minor if isinstance(minor, int) else 0

    @property
    def metadata(self):
        return self.fields["metadata"]

    def kernel_name(self):
        kernelspec = self.metadata.get("kernelspec")
        name = kernelspec.get("name") if isinstance(kernelspec, dict) else None
        return name if isinstance(name, str) and name else None

    def _read(self):
        text = self.text
        at = self._expect("{", self._skip(0))
        at = self._skip(at)
        while text[at : at + 1] != "}":
            key, at = decode(text, at)
            at = self._skip(self._expect(":", self._skip(at)))
            start = at
            if key == "cells":
                at = self._read_cells(at)
                self.cells_span = (start, at)
            else:
                self.fields[key], at = decode(text, at)
                self.field_spans[key] = (start, at)
            at = self._skip(at)
            if text[at : at + 1] == ",":
                at = self._skip(at + 1)
            elif text[at : at + 1] != "}":
                raise ValueError(f"expected , or }} at character {at}")
        if self._skip(at + 1) != len(text):
            raise ValueError(f"there is more after the notebook's end at character {at + 1}")

    def _read_cells(self, at):
        text = self.text
        self.cells, self.spans = [], []
        at = self._skip(self._expect("[", at))
        while text[at : at + 1] != "]":
            cell, end = decode(text, at)
            self.cells.append(cell)
            self.spans.append((at, end))
            at = self._skip(end)
            if text[at : at + 1] == ",":
                at = self._skip(at + 1)
            elif text[at : at + 1] != "]":
                raise ValueError(f"expected , or ] at character {at}")
        return at + 1

    def _skip(self, at):
        return blank(self.text, at).end()

    def _expect(self, character, at):
        if self.text[at : at + 1] != character:
            raise ValueError(f"expected {character} at character {at}")
        return at + 1

    def _indent(self):
        """The white space before the first key, or None where the notebook is one line."""
        match = re.match(r"\s*\{[ \t]*\r?\n([ \t]+)\"", self.text)
        return match.group(1) if match else None


def read_notebook(path):
    """Reads a notebook of nbformat 4; what keeps it from being one is said in one sentence."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise runner_error(f"The job's notebook cannot be read: {error.strerror}.", path) from error
    try:
        notebook = NotebookText(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise runner_error("The job's notebook is not valid JSON, so nothing was run.", f"{path}: {error}") from error
    wrong = problem(notebook)
    if wrong:
        raise runner_error(f"The job's notebook cannot be run: {wrong}.", path)
    return notebook


def problem(notebook):
    if notebook.fields.get("nbformat") != 4:
        return f"it is of nbformat {notebook.fields.get('nbformat')!r}, and only 4 is understood; open and save it in JupyterLab"
    if notebook.cells_span is None:
        return "it has no cells"
    if not isinstance(notebook.fields.get("metadata"), dict):
        return "it has no metadata"
    for index, cell in enumerate(notebook.cells):
        if not isinstance(cell, dict) or not isinstance(cell.get("source", ""), (str, list)):
            return f"cell {index + 1} is no cell"
    return None
