"""JSON as nbformat's writer makes it (sorted keys, an indent for each level), quick for long lists of lines."""

import json

try:
    from _json import encode_basestring as quote
except ImportError:
    from json.encoder import py_encode_basestring as quote

# What is nested deeper no notebook needs, and neither we nor those who read one get to its end.
DEEPEST_LEVELS = 200
TOO_DEEP = f"[Nightlog left out what is nested deeper than {DEEPEST_LEVELS} levels here.]"


class Layout:
    """How a notebook is laid out: `indent` for each level, or None for one line."""

    def __init__(self, indent):
        self.indent = indent

    def dump(self, value, level):
        """The text of a value whose first line stands at `level`."""
        if self.indent is None:
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        pieces = []
        self._add(value, level, pieces.append)
        return "".join(pieces)

    def encode(self, value, level):
        return to_bytes(self.dump(value, level))

    def newline(self, level):
        return "" if self.indent is None else "\n" + self.indent * level

    def between(self, level):
        """What stands between two values at this level."""
        return "," + (self.newline(level) or " ")

    def around(self, value, level, name):
        """An object with one more field, a list, in bytes: what stands before the list's first item and after its last one."""
        fields = [(key, f"{quote(key)}: {self.dump(value[key], level + 1)}") for key in sorted(value)]
        before = [text for key, text in fields if key < name]
        after = [text for key, text in fields if key > name]
        between = self.between(level + 1)
        start = "{" + self.newline(level + 1) + between.join([*before, f"{quote(name)}: ["])
        end = between.join(["]", *after]) + self.newline(level) + "}"
        return to_bytes(start), to_bytes(end)

    def _add(self, value, level, add):
        if isinstance(value, str):
            add(quote(value))
        elif isinstance(value, dict) and value:
            self._add_object(value, level, add)
        elif isinstance(value, (list, tuple)) and value:
            self._add_array(value, level, add)
        else:
            add(json.dumps(value, ensure_ascii=False))

    def _add_object(self, value, level, add):
        start = "{" + self.newline(level + 1)
        between = self.between(level + 1)
        for key in sorted(value):
            add(start)
            add(quote(key))
            add(": ")
            self._add(value[key], level + 1, add)
            start = between
        add(self.newline(level) + "}")

    def _add_array(self, value, level, add):
        between = self.between(level + 1)
        add("[" + self.newline(level + 1))
        if all(type(item) is str for item in value):
            add(between.join(map(quote, value)))
        else:
            for position, item in enumerate(value):
                if position:
                    add(between)
                self._add(item, level + 1, add)
        add(self.newline(level) + "]")


def to_bytes(text):
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8; as an escape it stays what it was.
        return escape_surrogates(text).encode()


def escape_surrogates(text):
    return "".join(f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else character for character in text)


def without_depths(value):
    """A value of JSON in which a text stands for what is nested too deeply."""
    return cut_off(value, DEEPEST_LEVELS) if is_too_deep(value) else value


def is_too_deep(value):
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEEPEST_LEVELS):
        if not level:
            return False
        level = [child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent) if isinstance(child, (dict, list))]
    return bool(level)


def cut_off(value, levels):
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        return TOO_DEEP
    if isinstance(value, dict):
        return {key: cut_off(child, levels - 1) for key, child in value.items()}
    return [cut_off(child, levels - 1) for child in value]


def split_lines(text):
    """Text as nbformat writes it: a list of lines that keep their ends."""
    return text.splitlines(True) if isinstance(text, str) else text


def join_lines(text):
    if isinstance(text, list):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else ""


def splits(mime_type):
    return mime_type.startswith("text/") or mime_type in ("application/javascript", "image/svg+xml")


def file_output(output):
    """An output as a file holds it: long text in lines."""
    kind = output.get("output_type")
    if kind == "stream":
        return {**output, "text": split_lines(output["text"])}
    if kind in ("execute_result", "display_data"):
        data = {mime: split_lines(value) if splits(mime) else value for mime, value in output["data"].items()}
        return {**output, "data": data}
    return output
