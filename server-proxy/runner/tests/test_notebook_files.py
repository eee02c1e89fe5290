"""Notebooks are read and written without losing a byte of what was not run."""

import json
import math
import os
import random
import subprocess
import unittest
from unittest import mock

from nightlog_runner.cell_run import CellRun
from nightlog_runner.cells import fallback_id, make_cells
from nightlog_runner.changes_file import differences, identity, recover, write_changes
from nightlog_runner.endings import Ending
from nightlog_runner.job import Job, problem
from nightlog_runner.notebook_json import DEEPEST_LEVELS, TOO_DEEP, Layout, file_output, without_depths
from nightlog_runner.notebook_text import NotebookText
from nightlog_runner.saver import Saver

from .support import HERE, PYTHON, JobRun, code, new_folder, notebook

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))

VALUES = [
    {},
    [],
    "",
    None,
    True,
    1.5,
    -0.0,
    1e400,
    12345678901234567890,
    "ünï 日本 🚀 \\ \" / \b \f \n \r \t \x00 \x1f \x7f \u2028",
    {"b": [1, "two", {"c": None}], "a": {"z": [], "y": {}}},
    ["only", "texts", ""],
    [["nested"], [[]]],
]


class WritesJson(unittest.TestCase):
    def test_as_pythons_own_encoder_with_sorted_keys(self):
        for value in VALUES:
            with self.subTest(value):
                expected = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
                self.assertEqual(Layout(" ").dump(value, 0), expected)

    def test_other_indents_and_none(self):
        value = {"b": [1, {"a": "x"}], "a": "y"}
        for indent in ("  ", "\t", "    "):
            self.assertEqual(Layout(indent).dump(value, 0), json.dumps(value, indent=indent, sort_keys=True))
        self.assertEqual(Layout(None).dump(value, 3), json.dumps(value, sort_keys=True))

    def test_half_a_surrogate_pair_becomes_an_escape(self):
        data = Layout(" ").encode({"a": "x\ud83dy"}, 0)
        self.assertEqual(json.loads(data), {"a": "x\ud83dy"})

    def test_what_is_nested_too_deeply_is_left_out(self):
        def nested(levels):
            value = "end"
            for level in range(levels):
                value = [value, level] if level % 2 else {"a": value}
            return value

        for levels in (0, 1, DEEPEST_LEVELS):
            self.assertEqual(without_depths(nested(levels)), nested(levels))
        for levels in (DEEPEST_LEVELS + 1, 3 * DEEPEST_LEVELS):
            text = Layout(" ").dump(without_depths({"deep": nested(levels), "flat": [1, 2]}), 0)
            self.assertIn(TOO_DEEP, text)
            self.assertNotIn("end", text)
            self.assertEqual(json.loads(text)["flat"], [1, 2])

    def test_long_text_in_lines(self):
        rows = [
            ({"output_type": "stream", "name": "stdout", "text": "a\nb"}, ["a\n", "b"]),
            ({"output_type": "display_data", "data": {"text/plain": "a\nb"}, "metadata": {}}, ["a\n", "b"]),
            ({"output_type": "display_data", "data": {"image/png": "a\nb"}, "metadata": {}}, "a\nb"),
            ({"output_type": "display_data", "data": {"application/javascript": "a\nb"}, "metadata": {}}, ["a\n", "b"]),
        ]
        for output, expected in rows:
            written = file_output(output)
            found = written["text"] if "text" in written else next(iter(written["data"].values()))
            self.assertEqual(found, expected)


class ReadsNotebooks(unittest.TestCase):
    LAYOUTS = [{"indent": 1, "sort_keys": True}, {"indent": 2}, {"indent": 4, "sort_keys": True}, {"indent": "\t"}, {}]

    def content(self):
        return notebook("print(1)", code("2", "b", [{"output_type": "stream", "name": "stdout", "text": ["kept\n"]}]), other={"ä": 1.10})

    def save(self, text, change=None):
        """The bytes that a saver writes for this text, after `change` of the saver."""
        read = NotebookText(text)
        cells = make_cells(read, Job("/job", JobRun(self.content()).fields))
        path = os.path.join(new_folder(), "result.ipynb")
        saver = Saver(path, path + ".changes", read, cells)
        if change is not None:
            change(saver, cells)
        saver.save()
        with open(path, "rb") as file:
            return file.read()

    def test_what_is_not_changed_is_the_same_bytes(self):
        for layout in self.LAYOUTS:
            text = json.dumps(self.content(), ensure_ascii=False, **layout)
            for ending in ("", "\n"):
                with self.subTest(layout, ending=ending):
                    again = self.save(text + ending)
                    if "indent" in layout:
                        self.assertEqual(again.decode(), text + ending)
                    else:
                        self.assertEqual(json.loads(again), json.loads(text))

    def test_escapes_numbers_and_repeated_keys_stay(self):
        text = json.dumps(self.content(), indent=1).replace('"kept\\n"', '"\\u006bept\\n"').replace("1.1", "1.10")
        self.assertEqual(self.save(text).decode(), text)

    def test_a_changed_field_of_metadata_changes_nothing_else(self):
        text = json.dumps(self.content(), indent=1, sort_keys=True)
        found = json.loads(self.save(text, lambda saver, cells: saver.set_metadata("added", 1)))
        expected = self.content()
        expected["metadata"]["added"] = 1
        self.assertEqual(found, expected)

    def test_what_is_no_notebook_is_refused(self):
        for text in ("", "[]", "{", '{"cells": [}', '{"cells": []} x', '{"cells" 1}', '{"cells": [1 2]}', '{"a": 1 "b": 2}', '{"cells": [{}'):
            with self.subTest(text):
                self.assertRaises((ValueError, StopIteration), NotebookText, text)

    def test_a_kernels_name(self):
        for metadata, expected in [({}, None), ({"kernelspec": {}}, None), ({"kernelspec": {"name": "ir"}}, "ir"), ({"kernelspec": 3}, None)]:
            read = NotebookText(json.dumps({"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
            self.assertEqual(read.kernel_name(), expected)


class ChoosesCells(unittest.TestCase):
    def cells(self, content, **fields):
        job = JobRun(content, **fields)
        return make_cells(NotebookText(json.dumps(content)), Job(job.folder, job.fields))

    def chosen(self, content, **fields):
        return [cell.id for cell in self.cells(content, **fields) if cell.selected]

    def test_by_id_in_the_notebooks_order(self):
        content = notebook("a", "b", "c")
        self.assertEqual(self.chosen(content), ["cell-0", "cell-1", "cell-2"])
        self.assertEqual(self.chosen(content, cells=["cell-2", "cell-0"]), ["cell-0", "cell-2"])

    def test_as_the_server_calls_them(self):
        # The server's tests read it, too.
        with open(os.path.join(REPOSITORY, "shared", "src", "notebook", "__fixtures__", "cell-ids.json"), encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        for case in cases:
            with self.subTest(case["name"]):
                content = {**notebook(), "cells": [{**code(cell["source"]), **cell} for cell in case["cells"]]}
                self.assertEqual(self.chosen(content), case["ids"])
                self.assertEqual(self.chosen(content, cells=case["ids"][-1:]), case["ids"][-1:])

    def test_text_cells_never_run(self):
        content = notebook({"cell_type": "markdown", "id": "m", "metadata": {}, "source": ""}, "a")
        self.assertEqual(self.chosen(content, cells=["m", "cell-1"]), ["cell-1"])

    def test_places_are_those_before_the_parameters(self):
        content = notebook("a", "b", minor=4)
        names = [fallback_id(0, "a"), "injected-parameters", fallback_id(1, "b")]
        self.assertEqual(self.chosen(content, injectedSource="x = 1", injectedIndex=1), names)

    def test_the_new_cells_id_is_free_and_the_same_again(self):
        first = self.chosen(notebook("a"), injectedSource="x = 1", injectedIndex=0)[0]
        taken = notebook(code("a", first))
        self.assertEqual(self.chosen(taken, injectedSource="x = 1", injectedIndex=0), [first + "-2", first])

    def test_places_that_are_not_there(self):
        for index, replaces in ((2, False), (1, True)):
            with self.subTest(index), self.assertRaises(Ending):
                self.cells(notebook("a"), injectedSource="x", injectedIndex=index, injectedReplaces=replaces)


class ReadsJobs(unittest.TestCase):
    def test_each_field_is_checked(self):
        fields = JobRun(notebook("1")).fields
        self.assertIsNone(problem(fields))
        rows = [
            ("format", 2), ("id", ""), ("attempt", 0), ("attempt", True), ("cells", []), ("cells", "some"), ("cells", [1]), ("parameters", []),
            ("injectedIndex", -1), ("injectedSource", "x"), ("wallTimeSeconds", 0), ("memoryBytes", "1G"), ("kernelName", 3), ("hashUpToBytes", None),
            ("recordEnvironment", [1]), ("linkedFrom", 1), ("workDir", None), ("nativeKernel", "yes"),
        ]
        for name, value in rows:
            with self.subTest(name, value=value):
                self.assertIsNotNone(problem({**fields, name: value}))
        self.assertIsNotNone(problem([]))


class RecoversChanges(unittest.TestCase):
    def setUp(self):
        folder = new_folder()
        self.notebook, self.changes = os.path.join(folder, "result.ipynb"), os.path.join(folder, "changes")
        self.write(b"0123456789")

    def write(self, data):
        with open(self.notebook, "wb") as file:
            file.write(data)

    def read(self):
        with open(self.notebook, "rb") as file:
            return file.read()

    def test_what_changed_is_put_in_once(self):
        write_changes(self.changes, identity(self.notebook), [(1, 2, b"longer"), (5, 3, b"")])
        self.assertTrue(recover(self.changes, self.notebook))
        self.assertEqual(self.read(), b"0longer3489")
        self.assertFalse(recover(self.changes, self.notebook))

    def test_never_into_another_state_of_the_file(self):
        write_changes(self.changes, identity(self.notebook), [(0, 1, b"x")])
        self.write(b"another length")
        self.assertFalse(recover(self.changes, self.notebook))
        self.assertEqual(self.read(), b"another length")

    def test_damaged_or_absent(self):
        self.assertFalse(recover(self.changes, self.notebook))
        for data in (b"", b"{", b"{}\n", b"[]\n"):
            with open(self.changes, "wb") as file:
                file.write(data)
            self.assertFalse(recover(self.changes, self.notebook))
        self.assertEqual(self.read(), b"0123456789")

    def test_cut_off_by_a_power_failure(self):
        write_changes(self.changes, identity(self.notebook), [(0, 1, b"longer"), (5, 3, b"x")])
        os.truncate(self.changes, os.path.getsize(self.changes) - 1)
        self.assertFalse(recover(self.changes, self.notebook))
        self.assertEqual(self.read(), b"0123456789")


class SavesWhatChanged(unittest.TestCase):
    """Between two times that a notebook is written whole, what changed is written beside it."""

    LAYOUTS = [{"indent": 1, "sort_keys": True}, {"indent": "\t"}, {}]

    def saver(self, content, layout):
        """A saver in a folder of its own, to which writing whole is never cheap, and the runs of its cells."""
        read = NotebookText(json.dumps(content, ensure_ascii=False, **layout))
        cells = make_cells(read, Job("/job", JobRun(content).fields))
        path = os.path.join(new_folder(), "result.ipynb")
        return Saver(path, path + ".changes", read, cells), [CellRun(cell) for cell in cells]

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def save_beside(self, saver):
        """Saves beside; returns what is then to be written there."""
        saver.last_seconds = math.inf
        with mock.patch("nightlog_runner.saver.SMALL_BYTES", 0):
            self.assertIsNone(saver.save(whole=False))
        return self.read(saver.changes_path)

    def recovered(self, saver):
        """The notebook as it is once what lies beside it is put in, and what lies there is as it was."""
        beside, whole = self.read(saver.changes_path), self.read(saver.path)
        recover(saver.changes_path, saver.path)
        found = self.read(saver.path)
        for path, data in ((saver.path, whole), (saver.changes_path, beside)):
            with open(path, "wb") as file:
                file.write(data)
        saver.base = identity(saver.path)
        return found

    def display(self, data):
        return {"output_type": "display_data", "data": {"image/png": data}, "metadata": {}}

    def change(self, chooser, run, shown):
        """Something that a cell may do."""
        kind = chooser.choice(["stream", "stream", "add", "update", "clear", "count", "too many"])
        if kind == "stream":
            run.outputs.stream(chooser.choice(["stdout", "stderr"]), chooser.choice(["a\n", "ä \ud83d", "10 %\r", "b"]))
        elif kind == "add":
            item = run.outputs.add(self.display(str(chooser.random())))
            shown += [item] if item is not None else []
        elif kind == "update" and shown:
            chooser.choice(shown).show({"text/plain": str(chooser.random())}, {})
        elif kind == "clear" and chooser.random() < 0.3:
            run.outputs.clear(False)
            shown.clear()
        elif kind == "count":
            run.set_count(chooser.randrange(12))
        elif kind == "too many":
            run.outputs.left_out += chooser.randrange(2)

    def test_what_is_put_together_is_what_would_have_been_written_whole(self):
        for seed in range(15):
            chooser = random.Random(seed)
            layout = self.LAYOUTS[seed % len(self.LAYOUTS)]
            content = notebook("1", code("2", "b", [{"output_type": "stream", "name": "stdout", "text": ["old\n"]}], zebra=[{"outputs": []}]), "3")
            saver, runs = self.saver(content, layout)
            saver.save()
            shown = {run: [] for run in runs}
            for _ in range(12):
                for run in chooser.sample(runs, chooser.randrange(1, 4)):
                    for _ in range(chooser.randrange(4)):
                        self.change(chooser, run, shown[run])
                    saver.change(run)
                saver.set_metadata("step", chooser.randrange(3))
                self.save_beside(saver)
                found = self.recovered(saver)
                afresh, again = self.saver(content, layout)
                for run, new in zip(runs, again):
                    if run.cell in saver.encoded:
                        new.cell.content, new.outputs = run.cell.content, run.outputs
                        afresh.change(new)
                afresh.set_metadata("step", saver.metadata["step"])
                afresh.save()
                self.assertEqual(found, self.read(afresh.path), f"seed {seed}")
                if chooser.random() < 0.2:
                    saver.save()

    def test_a_large_output_is_written_and_made_into_text_only_once(self):
        saver, (run,) = self.saver(notebook("1"), {"indent": 1})
        large = "x" * 1_000_000
        for kind in ("before", "between"):
            run.outputs.add(self.display(large))
            run.outputs.stream("stdout", kind + "\n")
        progress = run.outputs.add(self.display("0 %"))
        saver.change(run)
        saver.save()
        with mock.patch("nightlog_runner.notebook_json.quote", side_effect=json.dumps) as quote:
            for number in range(3):
                run.outputs.stream("stdout", f"line {number}\n")
                progress.show({"text/plain": f"{number} %"}, {})
                saver.change(run)
                self.assertLess(len(self.save_beside(saver)), 1000)
                self.assertIn(f"line {number}".encode(), self.recovered(saver))
        self.assertNotIn(mock.call(large), quote.mock_calls)

    def test_pieces_are_compared_place_by_place_and_the_last_with_the_last(self):
        rows = [
            (["a", "b", "c"], ["a", "b", "c"], []),
            (["a", "bb", "c"], ["a", "new", "c"], [(11, 2, b"new")]),
            (["a", "b", "c"], ["A", "b", "more", "and", "C"], [(10, 1, b"A"), (12, 0, b"moreand"), (12, 1, b"C")]),
            (["a", "b", "bb", "c"], ["a", "c"], [(11, 3, b"")]),
            (["whole"], ["a", "b", "c"], [(10, 0, b"ab"), (10, 5, b"c")]),
        ]
        for before, after, expected in rows:
            with self.subTest(before=before, after=after):
                pieces = [[text.encode() for text in texts] for texts in (before, after)]
                self.assertEqual(list(differences(10, *pieces)), expected)


class WritesAsNbformat(unittest.TestCase):
    def test_an_executed_notebook_is_what_nbformats_writer_makes_of_it(self):
        job = JobRun(notebook("print('ä\\nb')", "display({'text/html': '<b>\\n</b>'}, raw=True); 1")).run()
        script = "import sys, nbformat; n = nbformat.read(sys.argv[1], as_version=4); sys.stdout.write(nbformat.writes(n) + '\\n')"
        done = subprocess.run([PYTHON, "-c", script, job.path("result.ipynb")], capture_output=True, check=True)
        self.assertEqual(job.bytes("result.ipynb"), done.stdout)


if __name__ == "__main__":
    unittest.main()
