"""Records where jupyter-scheduler puts a job's values, for inject-parameters.test.ts, over the notebooks that record_papermill.py wrote.

Run in an environment with jupyter-scheduler:
    python shared/src/parameters/__fixtures__/record_jupyter_scheduler.py
"""
import datetime
import importlib.metadata
import json
import os

import nbformat
from jupyter_scheduler.parameterize import add_parameters

HERE = os.path.dirname(os.path.abspath(__file__))


def cells_after(document, values):
    done = add_parameters(nbformat.from_dict(document), values)
    return [{"source": each.source, "tags": list(each.metadata.get("tags", []))} for each in done.cells]


def main():
    with open(os.path.join(HERE, "papermill-inject.json"), encoding="utf-8") as file:
        notebooks = [(case["name"], case["notebook"]) for case in json.load(file)["cases"]]
    # It takes values as the text of an expression.
    values = {"a": "2", "b": '"x"'}
    cases = [{"name": name, "notebook": notebook, "values": {"a": 2, "b": "x"}, "after": cells_after(notebook, values)} for name, notebook in notebooks]
    head = {
        "tool": "jupyter-scheduler " + importlib.metadata.version("jupyter-scheduler"),
        "command": "python shared/src/parameters/__fixtures__/record_jupyter_scheduler.py",
        "date": datetime.date.today().isoformat(),
    }
    with open(os.path.join(HERE, "jupyter-scheduler-inject.json"), "w", encoding="utf-8") as file:
        json.dump({**head, "cases": cases}, file, indent=1, ensure_ascii=True)
        file.write("\n")


if __name__ == "__main__":
    main()
