"""What a cell gives: its outputs, put together from the kernel's messages as nbclient and JupyterLab do."""

from .endings import size
from .notebook_json import without_depths
from .stream_text import StreamText

# More than this in one cell no editor opens; it is said in the output.
LIMIT_BYTES = 256 << 20
LIMIT_COUNT = 50_000


class WholeOutput:
    """An output that came whole. A display may be given other data later; `version` counts that."""

    def __init__(self, content):
        self.content = content
        self.version = 0

    def show(self, data, metadata):
        self.content = {**self.content, "data": data, "metadata": metadata}
        self.version += 1

    def output(self):
        return self.content


class CellOutputs:
    """The outputs of one cell, in order: those that came whole, and streams that still grow. Where an item's version is the same, so is the item."""

    def __init__(self):
        self.items = []
        self.clear_next = False
        self.bytes = 0
        self.left_out = 0

    def clear(self, wait):
        if wait:
            self.clear_next = True
        else:
            self.items = []
            self.bytes = 0
            self.left_out = 0
            self.clear_next = False

    def stream(self, name, text):
        self._clear_if_asked()
        last = self.items[-1] if self.items else None
        if not (isinstance(last, StreamText) and last.name == name):
            if len(self.items) >= LIMIT_COUNT:
                last = next((item for item in reversed(self.items) if isinstance(item, StreamText) and item.name == name), None)
                if last is None:
                    self.left_out += 1
                    return
            else:
                last = StreamText(name)
                self.items.append(last)
        last.append(text)

    def add(self, output):
        """Adds an output and returns the item that it is now, or None where there was no room for it."""
        self._clear_if_asked()
        weight = weigh(output)
        if self.bytes + weight > LIMIT_BYTES or len(self.items) >= LIMIT_COUNT:
            self.left_out += 1
            return None
        self.bytes += weight
        self.items.append(WholeOutput(output))
        return self.items[-1]

    def _clear_if_asked(self):
        if self.clear_next:
            self.clear(False)

    def as_list(self):
        """The outputs as nbformat has them in memory: long text in one piece."""
        return [item.output() for item in self.items] + self.notes()

    def notes(self):
        """What is said after the outputs, as outputs."""
        if not self.left_out:
            return []
        text = f"[Nightlog left out {self.left_out:,} outputs of this cell: it gave more than {size(LIMIT_BYTES)} or {LIMIT_COUNT:,} outputs.]\n"
        return [{"output_type": "stream", "name": "stderr", "text": text}]


def weigh(output):
    data = output.get("data")
    values = data.values() if isinstance(data, dict) else output.get("traceback", ())
    return sum(len(value) if isinstance(value, str) else 64 for value in values)


def output_of(kind, content):
    """The output that a message makes, or None where it is not one. What is missing or of a wrong type is filled in: the file must stay valid."""
    if kind in ("execute_result", "display_data", "update_display_data"):
        output = {
            "output_type": "execute_result" if kind == "execute_result" else "display_data",
            "data": mime_bundle(content.get("data")),
            "metadata": without_depths(content["metadata"]) if isinstance(content.get("metadata"), dict) else {},
        }
        if kind == "execute_result":
            count = content.get("execution_count")
            output["execution_count"] = count if isinstance(count, int) else None
        return output
    if kind == "error":
        traceback = content.get("traceback")
        return {
            "output_type": "error",
            "ename": as_text(content.get("ename")),
            "evalue": as_text(content.get("evalue")),
            "traceback": [as_text(line) for line in traceback] if isinstance(traceback, list) else [],
        }
    return None


def mime_bundle(data):
    """A bundle that nbformat accepts: text in strings, and JSON only under JSON's types."""
    if not isinstance(data, dict):
        return {}
    bundle = {}
    for mime, value in data.items():
        is_json = mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))
        if isinstance(value, list) and not is_json and all(isinstance(line, str) for line in value):
            value = "".join(value)
        if is_json or isinstance(value, str):
            bundle[mime] = without_depths(value)
    return bundle


def as_text(value):
    return value if isinstance(value, str) else "" if value is None else str(value)
