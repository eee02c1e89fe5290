"""What a cell prints on one stream, as a notebook keeps it."""

import re
from collections import deque

# A notebook that holds more text than this opens nowhere; the job's log has all of it.
HEAD_CHARACTERS = 8_000_000
TAIL_CHARACTERS = 2_000_000
# A line that is longer than this is no progress bar.
LONGEST_LINE = 65536

# From the start of a line, so that a long line is looked through once and not from each of its characters.
overwritten = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
backspaced = re.compile(r"[^\n]\x08")


class StreamText:
    """Appends in constant time; carriage returns and backspaces act as on a terminal. Of very long text the beginning and the end are kept."""

    def __init__(self, name):
        self.name = name
        self.parts = []
        self.line = ""
        self.length = 0
        self.tail = None
        self.tail_length = 0
        self.left_out = 0
        self.version = 0

    def append(self, text):
        self.version += 1
        text = self.line + text
        if "\x08" in text or "\r" in text:
            text = as_terminal(text)
        cut = text.rfind("\n") + 1
        if len(text) - cut > LONGEST_LINE:
            cut = len(text)
        self.line = text[cut:]
        if cut:
            self._keep(text[:cut])

    def _keep(self, text):
        if self.tail is None:
            room = HEAD_CHARACTERS - self.length
            self.parts.append(text[:room])
            self.length += len(self.parts[-1])
            text = text[room:]
            if not text:
                return
            self.tail = deque()
        self.tail.append(text)
        self.tail_length += len(text)
        while self.tail_length > TAIL_CHARACTERS:
            over = self.tail_length - TAIL_CHARACTERS
            first = self.tail.popleft()
            dropped = min(over, len(first))
            self.left_out += dropped
            self.tail_length -= dropped
            if dropped < len(first):
                self.tail.appendleft(first[dropped:])

    def text(self):
        head = "".join(self.parts)
        self.parts = [head]
        if self.tail is None:
            return head + self.line
        tail = "".join(self.tail)
        self.tail = deque([tail])
        if not self.left_out:
            return head + tail + self.line
        said = f"[Nightlog left out {self.left_out:,} characters here, so that the notebook can be opened. The job's log has all of them.]"
        return f"{head}\n\n{said}\n\n{tail}{self.line}"

    def output(self):
        return {"output_type": "stream", "name": self.name, "text": self.text()}


def as_terminal(text):
    before = None
    while before is None or len(text) < before:
        before = len(text)
        text = backspaced.sub("", text)
    return overwritten.sub("", text)
