"""Records what papermill does, for inject-parameters.test.ts and find-parameters.test.ts.

Run in an environment with papermill and without black (which would format what is injected):
    python shared/src/parameters/__fixtures__/record_papermill.py
"""
import datetime
import hashlib
import json
import os
import warnings

import nbformat
import papermill
from papermill.inspection import _infer_parameters
from papermill.parameterize import parameterize_notebook
from papermill.translators import papermill_translators

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = {
    "tool": "papermill " + papermill.__version__,
    "command": "python shared/src/parameters/__fixtures__/record_papermill.py",
    "date": datetime.date.today().isoformat(),
}


def write(name, cases):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump({**HEAD, "cases": cases}, file, indent=1, ensure_ascii=True)
        file.write("\n")


TEXTS = ["", "plain", "it's", 'say "hi"', "back\\slash", "\\", '\\"', "line\nbreak", "tab\tcr\r", "nul\0nul", "bell\x07del\x7f", "\u00e9\u00df\u00ff",
         "\u2603 \u65e5\u672c", "\U0001f600", "sep\u2028\u2029\x85", "$(touch x) `id` ${HOME}", "'; import os; '", '"""', "{x} %s", "\ufeff", "a" * 300]
NUMBERS = [0, 1, -1, 42, 2**53 - 1, 0.5, -0.25, 1e-05, 1e-4, 1.5e300, 123456.789, 5e-324, -2.5e-7, 1e22, 1.2345678901234567e19]
OTHERS = [None, True, False, [], {}, [1, "a", None, True, 0.5], [[1, 2], [3]], {"a": 1, "b b": [True], 'q"': {"x": None}}, [{"k": "v\n"}], ["$x", "it's"]]


def translate_cases():
    cases = []
    for language in ["python", "R", "julia", "bash"]:
        translator = papermill_translators.find_translator(None, language)
        for value in TEXTS + NUMBERS + OTHERS:
            try:
                cases.append({"language": language, "value": value, "type": None, "source": translator.codify({"name": value})})
            except NotImplementedError:
                pass
    python = papermill_translators.find_translator(None, "python")
    for value, text in [(float("nan"), "NaN"), (float("inf"), "Infinity"), (float("-inf"), "-Infinity")]:
        cases.append({"language": "python", "value": text, "type": "number", "source": python.codify({"name": value})})
    for value in [0.0, 1.0, -3.0, 1e15, 1e16, 1e22, 250000.0]:
        cases.append({"language": "python", "value": value, "type": "number", "source": python.codify({"name": value})})
    for value in [2**64, -(2**70), 10**40]:
        cases.append({"language": "python", "value": str(value), "type": "integer", "source": python.codify({"name": value})})
    return cases


def cell(kind, source, *tags):
    rest = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "c-" + hashlib.sha256(source.encode()).hexdigest()[:8], "metadata": {"tags": list(tags)} if tags else {}, "source": source, **rest}


def inject_cases():
    head = cell("markdown", "# title")
    body = cell("code", "print(a)")
    notebooks = {
        "no parameters cell": [head, body],
        "a parameters cell": [head, cell("code", "a = 1", "parameters"), body],
        "a parameters cell with other tags": [cell("code", "a = 1", "x", "parameters", "y")],
        "two parameters cells": [cell("code", "a = 1", "parameters"), head, cell("code", "a = 2", "parameters")],
        "an injected cell behind it": [cell("code", "a = 1", "parameters"), cell("code", "# Parameters\na = 5\n", "injected-parameters"), body],
        "an injected cell elsewhere": [cell("code", "a = 1", "parameters"), body, cell("code", "a = 5", "injected-parameters")],
        "an injected cell alone": [head, cell("code", "a = 5", "injected-parameters"), body],
        "two injected cells": [cell("code", "a = 5", "injected-parameters"), cell("code", "a = 6", "injected-parameters")],
        "a markdown cell with the tag": [head, cell("markdown", "a = 1", "parameters"), body],
        "no cells": [],
    }
    cases = []
    for name, cells in notebooks.items():
        document = {"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}},
                    "nbformat": 4, "nbformat_minor": 5}
        node = nbformat.from_dict(document)
        for each in node.cells:
            each.metadata.setdefault("tags", [])
        node.metadata.setdefault("papermill", {})
        done = parameterize_notebook(node, {"a": 2, "b": "x"})
        after = [{"source": each.source, "tags": list(each.metadata.get("tags", []))} for each in done.cells]
        cases.append({"name": name, "notebook": document, "values": {"a": 2, "b": "x"}, "after": after})
    return cases


INSPECTED = [
    "a = 1", "a: int = 1", "a = 1  # help", "a: float = 1  # how much", "a = 'x'  # type: str the name", "a = 1\nb = 2", "a: str = None",
    "# comment\na = 1\n\nb = 'q'  # second", "a = [\n    1,\n    2,\n]  # many", "a: List[int] = [1]", 'a: "int" = 1', "a = {'x': 1}",
]


def inspect_cases():
    cases = []
    for source in INSPECTED:
        document = {"cells": [cell("code", source, "parameters")], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"},
                    "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
        found = [{"name": each.name, "type": each.inferred_type_name, "default": each.default, "help": each.help}
                 for each in _infer_parameters(nbformat.from_dict(document))]
        cases.append({"source": source, "parameters": found})
    return cases


if __name__ == "__main__":
    write("papermill-translate.json", translate_cases())
    write("papermill-inject.json", inject_cases())
    write("papermill-inspect.json", inspect_cases())
