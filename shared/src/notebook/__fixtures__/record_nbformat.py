"""Records what nbformat writes and what it finds wrong, for write-notebook.test.ts and validate-notebook.test.ts.

Run in an environment with nbformat:
    python shared/src/notebook/__fixtures__/record_nbformat.py
"""
import copy
import datetime
import io
import json
import logging
import os
import warnings

import nbformat
from nbformat.validator import get_validator

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = {
    "tool": "nbformat " + nbformat.__version__,
    "command": "python shared/src/notebook/__fixtures__/record_nbformat.py",
    "date": datetime.date.today().isoformat(),
}


def save(name, cases):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump({**HEAD, "cases": cases}, file, indent=1, ensure_ascii=True)
        file.write("\n")


def code(source="", outputs=(), **rest):
    return {"cell_type": "code", "execution_count": None, "id": "a1", "metadata": {}, "outputs": list(outputs), "source": source, **rest}


def notebook(*cells, minor=5, metadata=None, **rest):
    return {"nbformat_minor": minor, "nbformat": 4, "metadata": metadata or {}, "cells": list(cells), **rest}


def display(data, **rest):
    return {"output_type": "display_data", "metadata": {}, "data": data, **rest}


ODD = "a\nb\r\nc\rd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l\x1fm\n\n"
DOCUMENTS = {
    "no cells": notebook(),
    "sources as text, as lines, and empty": notebook(code("a\nb", id="a"), code(["a\n", "b"], id="b"), code("", id="c"), code([], id="d"), code(["a", "b\nc"], id="e")),
    "every end of a line": notebook(code(ODD), {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ODD}),
    "names in any order": notebook(metadata={"z": 1, "a": {"y": [], "b": {}}, "\U0001f600": 1, "\uff5e": 2, "\ue000": 3, "\u00e9": 4, "A": 5, "": 6, "aa": 7}),
    "letters": notebook(code("\u00e9\u2603\U0001f600\x7f\x00\x1b\"\\/\t")),
    "mime types": notebook(code(outputs=[display({
        "text/plain": "a\nb", "text/html": ["<p>\n", "</p>"], "image/png": ["abc\n", "def\n"], "image/jpeg": "abc\n", "image/svg+xml": "<svg>\n</svg>",
        "application/javascript": "a\nb", "application/json": ["a\n", "b"], "application/x+json": {"b": 1, "a": "x\ny"}, "application/pdf": "a\nb",
        "application/vnd.x": ["a", "b"]})])),
    "outputs": notebook(code(outputs=[
        {"output_type": "stream", "name": "stdout", "text": "a\nb\n"}, {"output_type": "stream", "text": ["a\n"], "name": "stderr"},
        {"output_type": "error", "ename": "E", "evalue": "a\nb", "traceback": ["a\nb", "c"]},
        {"output_type": "execute_result", "execution_count": 1, "metadata": {"x": 1}, "data": {}}])),
    "attachments": notebook({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "", "attachments": {"b.svg": {"image/svg+xml": "a\nb"}, "a.png": {"image/png": "a\nb"}}}),
    "a raw cell": notebook({"cell_type": "raw", "id": "r", "metadata": {"format": "text/x"}, "source": "a\nb"}),
    "what is transient": notebook(code(metadata={"trusted": True, "tags": ["b", "a"]}), metadata={"orig_nbformat": 3, "orig_nbformat_minor": 0, "signature": "x", "title": "t"}),
    "without ids": notebook({key: value for key, value in code("a").items() if key != "id"}, minor=4),
}
NUMBERS = ["0", "-0", "1", "-1", "12345678901234567890123", "1.0", "-0.0", "0.1", "1e5", "1E5", "1e-5", "1e-4", "123e-7", "1.50", "1e16", "1e15", "1e22", "1.7976931348623157e308",
           "1e400", "-1e400", "5e-324", "0.30000000000000004", "100000000000000000000.0", "NaN", "Infinity", "-Infinity", "1.0e+2"]


def write_cases():
    texts = {name: json.dumps(document, ensure_ascii=False) for name, document in DOCUMENTS.items()}
    for number in NUMBERS:
        texts["the number " + number] = json.dumps(notebook(metadata={"n": ["@"]})).replace('"@"', number)
    texts["a name twice"] = '{"cells": [], "metadata": {"a": 1, "b": 2, "a": 3}, "nbformat": 4, "nbformat_minor": 5}'
    texts["escapes"] = '{"cells": [], "metadata": {"\\u0061": "\\u00e9\\ud83d\\ude00\\/\\u002f"}, "nbformat": 4, "nbformat_minor": 5}'
    texts["other white space"] = '\r\n{\t"nbformat_minor":5,"nbformat":4 ,\r\n"metadata":{ },"cells":[\n]}\r\n\r\n'
    cases = []
    for name, text in texts.items():
        target = io.StringIO()
        nbformat.write(nbformat.reads(text, as_version=4), target)
        cases.append({"name": name, "text": text, "written": target.getvalue()})
    return cases


def without(document, *path):
    document = copy.deepcopy(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return document


def changed(document, value, *path):
    document = copy.deepcopy(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def validate_cases():
    whole = notebook(
        code("a", [display({"text/plain": "x", "image/png": ["a"], "application/json": {"a": 1}}), {"output_type": "stream", "name": "stdout", "text": "x"},
                   {"output_type": "error", "ename": "E", "evalue": "v", "traceback": []},
                   {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {}}], metadata={"tags": ["x"], "name": "n"}),
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["a"], "attachments": {"a.png": {"image/png": "x"}}},
        {"cell_type": "raw", "id": "r", "metadata": {"format": "x"}, "source": ""},
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python", "codemirror_mode": "x"}, "title": "t", "authors": []})
    cells = "cells"
    documents = {
        "whole": whole,
        "no id": without(whole, cells, 0, "id"),
        "a bad id": changed(whole, "a b", cells, 0, "id"),
        "an empty id": changed(whole, "", cells, 0, "id"),
        "a long id": changed(whole, "x" * 65, cells, 0, "id"),
        "an id that is a number": changed(whole, 1, cells, 1, "id"),
        "no metadata": without(whole, "metadata"),
        "no cell metadata": without(whole, cells, 2, "metadata"),
        "no outputs": without(whole, cells, 0, "outputs"),
        "no execution count": without(whole, cells, 0, "execution_count"),
        "an execution count below 0": changed(whole, -1, cells, 0, "execution_count"),
        "an execution count that is text": changed(whole, "1", cells, 0, "execution_count"),
        "an execution count of 1.0": changed(whole, 1.0, cells, 0, "execution_count"),
        "an execution count of 1.5": changed(whole, 1.5, cells, 0, "execution_count"),
        "something more at the top": changed(whole, 1, "extra"),
        "something more in a cell": changed(whole, 1, cells, 1, "extra"),
        "outputs in a markdown cell": changed(whole, [], cells, 1, "outputs"),
        "something more in an output": changed(whole, 1, cells, 0, "outputs", 1, "extra"),
        "another type of cell": changed(whole, "heading", cells, 1, "cell_type"),
        "another type of output": changed(whole, "pyout", cells, 0, "outputs", 0, "output_type"),
        "no type of output": without(whole, cells, 0, "outputs", 0, "output_type"),
        "a stream without a name": without(whole, cells, 0, "outputs", 1, "name"),
        "a stream whose text is a number": changed(whole, 1, cells, 0, "outputs", 1, "text"),
        "data that is a number": changed(whole, 1, cells, 0, "outputs", 0, "data", "text/plain"),
        "data with a list of numbers": changed(whole, ["a", 1], cells, 0, "outputs", 0, "data", "image/png"),
        "JSON data of any kind": changed(whole, [1, None], cells, 0, "outputs", 0, "data", "application/json"),
        "JSON data of a vendor": changed(whole, {"a": None}, cells, 0, "outputs", 0, "data", "application/vnd.x+json"),
        "a traceback that is text": changed(whole, "x", cells, 0, "outputs", 2, "traceback"),
        "a traceback of numbers": changed(whole, [1, 2], cells, 0, "outputs", 2, "traceback"),
        "tags that are text": changed(whole, "x", cells, 0, "metadata", "tags"),
        "tags with a comma": changed(whole, ["a,b"], cells, 0, "metadata", "tags"),
        "the same tag twice": changed(whole, ["a", "a"], cells, 0, "metadata", "tags"),
        "an empty name": changed(whole, "", cells, 0, "metadata", "name"),
        "collapsed that is text": changed(whole, "yes", cells, 0, "metadata", "collapsed"),
        "scrolled that is auto": changed(whole, "auto", cells, 0, "metadata", "scrolled"),
        "scrolled that is a word": changed(whole, "x", cells, 0, "metadata", "scrolled"),
        "times of execution that are numbers": changed(whole, {"iopub.status.busy": 1, "other": 2}, cells, 0, "metadata", "execution"),
        "a format that is a number": changed(whole, 1, cells, 2, "metadata", "format"),
        "an attachment that is a number": changed(whole, 1, cells, 1, "attachments", "a.png", "image/png"),
        "a kernelspec without a name": without(whole, "metadata", "kernelspec", "name"),
        "a kernelspec that is text": changed(whole, "x", "metadata", "kernelspec"),
        "a language without a name": without(whole, "metadata", "language_info", "name"),
        "a mode that is a number": changed(whole, 1, "metadata", "language_info", "codemirror_mode"),
        "authors that are text": changed(whole, "x", "metadata", "authors"),
        "a title that is a number": changed(whole, 1, "metadata", "title"),
        "several things": changed(changed(changed(whole, 1, "extra"), "a b", cells, 0, "id"), 1, cells, 0, "outputs", 0, "data", "text/plain"),
    }
    cases = []
    for name, document in documents.items():
        keeps_ids = name.endswith(" id")
        valid_in = []
        for minor in range(6):
            each = copy.deepcopy(document)
            each["nbformat_minor"] = minor
            if minor < 5 and not keeps_ids:
                for cell in each["cells"]:
                    cell.pop("id", None)
            if not list(get_validator(4, minor, name="jsonschema").iter_errors(each)):
                valid_in.append(minor)
        # Ids are taken out below 4.5, where they are not allowed, but for the cases about ids.
        cases.append({"name": name, "notebook": json.dumps(document), "keepsIds": keeps_ids, "validIn": valid_in})
    return cases


if __name__ == "__main__":
    save("nbformat-write.json", write_cases())
    save("nbformat-validate.json", validate_cases())
