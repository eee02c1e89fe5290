"""The runner's smaller parts, each for itself."""

import json
import os
import random
import re
import subprocess
import sys
import time
import types
import unittest
import zipfile

from nightlog_runner import packages, process_tree, system_facts
from nightlog_runner.cell_run import CellRun
from nightlog_runner.cells import Cell
from nightlog_runner.clock import iso
from nightlog_runner.endings import cell_error, duration, kernel_died, out_of_memory, plain, size
from nightlog_runner.environment import parse_r_packages
from nightlog_runner.event_log import EventLog
from nightlog_runner.job_folder import AlreadyRunning, JobFolder
from nightlog_runner.kernel_spec import KernelSpec
from nightlog_runner.message_handler import MessageHandler
from nightlog_runner.monitor import Monitor
from nightlog_runner.stream_text import HEAD_CHARACTERS, TAIL_CHARACTERS, StreamText, overwritten
from nightlog_runner.tree_files import TreeSnapshot
from nightlog_runner.wire import Message

from .support import HERE, LIMIT_SECONDS, PYTHON, JobRun, code, new_folder, notebook


class Streams(unittest.TestCase):
    def check(self, pieces, expected):
        stream = StreamText("stdout")
        for piece in pieces:
            stream.append(piece)
        self.assertEqual(stream.text(), expected)

    def test_rows(self):
        rows = [
            (["a", "b\n", "c"], "ab\nc"),
            (["10 %", "\r20 %", "\r30 %\n"], "30 %\n"),
            (["line\r\n", "next\r", "\n"], "line\r\nnext\r\n"),
            (["ab\x08c"], "ac"),
            (["abc\x08", "\x08d"], "ad"),
            (["a\n\x08b"], "a\n\x08b"),
            ([], ""),
            (["x" * 70_000, "\ry"], "x" * 70_000 + "y"),
            # A line that no carriage return overwrites, and that is looked through only once.
            (["x" * 1_000_000 + "\r\n"], "x" * 1_000_000 + "\r\n"),
        ]
        for pieces, expected in rows:
            with self.subTest(str(pieces)[:40]):
                self.check(pieces, expected)

    def test_a_carriage_return_overwrites_its_line_wherever_it_stands(self):
        chooser, by_hand = random.Random(1), re.compile(r".*\r(?=[^\n])")
        for _ in range(20_000):
            text = "".join(chooser.choices("ab\r\n", k=chooser.randrange(12)))
            self.assertEqual(overwritten.sub("", text), by_hand.sub("", text), repr(text))

    def test_very_long_text_keeps_its_beginning_and_its_end(self):
        stream = StreamText("stdout")
        for number in range(3000):
            stream.append(f"{number:05d}" + "x" * 9994 + "\n")
        text = stream.text()
        self.assertTrue(text.startswith("00000x"))
        self.assertIn("02999x", text)
        self.assertIn("The job's log has all of them", text)
        self.assertLess(len(text), HEAD_CHARACTERS + TAIL_CHARACTERS + 500)
        self.assertEqual(text, stream.text())


class Events(unittest.TestCase):
    def test_numbers_go_on_and_a_half_line_is_dropped(self):
        rows = [(b"", 1), (b'{"seq":1}\n{"seq":2}\n', 3), (b'{"seq":1}\n{"se', 2), (b'{"seq":7', 1), (b'{"seq":4}\nnot json\n', 5), (b'{"seq":1}\n' * 9000, 2)]
        for before, expected in rows:
            with self.subTest(before[:30]):
                path = os.path.join(new_folder(), "events.ndjson")
                with open(path, "wb") as file:
                    file.write(before)
                log = EventLog(path)
                log.append("saved", bytes=1)
                log.close()
                with open(path, "rb") as file:
                    data = file.read()
                self.assertEqual(json.loads(data.split(b"\n")[-2])["seq"], expected)
                self.assertTrue(data.endswith(b"\n"))


class Times(unittest.TestCase):
    KINDS = {
        "shell.execute_reply": ("execute_reply", {}),
        "iopub.execute_input": ("execute_input", {}),
        "iopub.status.busy": ("status", {"execution_state": "busy"}),
        "iopub.status.idle": ("status", {"execution_state": "idle"}),
    }

    def timing(self, header):
        """What is known of a cell's times from messages with this header."""
        handler = MessageHandler(lambda *arguments: None, None, lambda run: None, lambda cell, text: None)
        run = CellRun(Cell(0, code("1"), None, "a"))
        run.message_id = "request"
        handler.register(run)
        for name, (kind, content) in self.KINDS.items():
            message = Message({"msg_type": kind, **header}, {"msg_id": "request"}, {}, content, [])
            (handler.handle_shell if name.startswith("shell") else handler.handle_iopub)(message)
        self.assertTrue(run.is_done)
        return run.timing

    def test_are_those_of_the_messages(self):
        self.assertEqual(self.timing({"date": "2026-01-01T00:00:00Z"}), dict.fromkeys(self.KINDS, "2026-01-01T00:00:00Z"))

    def test_what_is_no_time_is_left_out(self):
        for header in ({}, {"date": None}, {"date": 5}, {"date": {"a": [1]}}):
            with self.subTest(header):
                self.assertEqual(self.timing(header), {})


class Words(unittest.TestCase):
    def test_what_is_for_a_terminal_is_no_text(self):
        rows = [
            ("\x1b[31mZeroDivisionError\x1b[39m: no\n\tnext", "ZeroDivisionError: no\n\tnext"),
            ("\x1b[38;5;28;01mdef\x1b[39;00m \x1b[2Kx\x1b[?25h", "def x"),
            ("\x9b31mred\x9b0m", "red"),
            ("\x1b]0;a title\x07a\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "alink"),
            ("\x1bP1$r\x1b\\a\x1b_what\x1b\\b\x9d0;title\x9cc", "abc"),
            ("\x1bcreset\x1b(Bset\x1b7\x1b8\x1bM", "resetset"),
            ("10 %\r20 %\r\nend\r\n", "10 %\n20 %\nend\n"),
            ("bell\x07 nul\x00 back\x08 delete\x7f form\x0c next\x85", "bell nul back delete form next"),
            ("not whole \x1b[31", "not whole 31"),
            ("not whole \x1b]0;title\nnext", "not whole 0;title\nnext"),
            ("at the end \x1b", "at the end "),
            ("not whole \x9dtitle\x9dtitle\x9c", "not whole title"),
            ("\x9d" * 1_000_000, ""),
            ("[31m äöü 日本語 🚀 \xa0", "[31m äöü 日本語 🚀 \xa0"),
        ]
        for text, expected in rows:
            with self.subTest(text):
                self.assertEqual(plain(text), expected)

    def test_why_a_run_ended_is_plain_text(self):
        ending = cell_error("a", "Value\x1b[1mError", "\x1b[31mno " + "\x1b[1mx" * 100, "\x1b[31mValueError\x1b[39m")
        self.assertEqual(ending.title, f"A cell raised ValueError: no {'x' * 100}. Its traceback is in the cell's output.")
        self.assertEqual((ending.detail, str(ending)), ("ValueError", ending.title))
        self.assertEqual(kernel_died("exit code 1", None, "\x1b[31mlast words\x1b[0m").detail, "last words")
        self.assertIsNone(cell_error("a", "E", None, None).detail)

    def test_a_long_detail_keeps_its_beginning_and_its_end(self):
        detail = cell_error("a", "E" * 1_000_000, None, "first " + "x" * 1_000_000 + " last").detail
        self.assertRegex(detail, r"(?s)^first x.*\[Nightlog left out 990,011 characters here\.\].*x last$")
        self.assertLess(len(detail), 10_100)

    def test_a_long_name_of_an_error_is_shortened(self):
        self.assertLess(len(cell_error("a", "E" * 1_000_000, None, None).title), 400)

    def test_durations_and_sizes(self):
        self.assertEqual([duration(n) for n in (1, 60, 7200, 90, 86400)], ["1 second", "1 minute", "2 hours", "90 seconds", "1 day"])
        self.assertEqual([size(n) for n in (5, 2048, 3 << 20, 1536 << 20)], ["5 bytes", "2 kB", "3 MB", "1.5 GB"])

    def test_whose_memory_was_used_up(self):
        rows = [
            ((1 << 30, None, None), {}, "The memory of 1 GB was used up"),
            ((None, None, None), {}, "The memory that this job may use was used up"),
            ((1 << 30, None, None), {"of_machine": True}, "The memory of this machine was used up"),
        ]
        for arguments, more, words in rows:
            self.assertIn(words, out_of_memory(*arguments, **more).title)

    def test_times(self):
        self.assertEqual(iso(0), "1970-01-01T00:00:00.000Z")
        self.assertEqual(iso(1_700_000_000.1239), "2023-11-14T22:13:20.123Z")


class Specs(unittest.TestCase):
    def spec(self, **fields):
        return KernelSpec("made-up", "/the/spec", {"argv": ["prog", "-f", "{connection_file}", "{resource_dir}", "{other}"], **fields})

    def test_the_command(self):
        self.assertEqual(self.spec().command("/c.json"), ["prog", "-f", "/c.json", "/the/spec", "{other}"])
        self.assertEqual(self.spec(argv=["python3", "-m", "x"]).command("/c")[0], sys.executable)

    def test_the_environment(self):
        spec = self.spec(env={"A": "${HOME}/x", "B": "$$5", "C": "${NOT_SET}", "D": "plain", "E": 5})
        found = spec.kernel_environment({"HOME": "/me", "PYTHONEXECUTABLE": "x"})
        self.assertEqual(found, {"HOME": "/me", "A": "/me/x", "B": "$5", "C": "${NOT_SET}", "D": "plain"})

    def test_the_same_kernels_as_jupyter_client_finds(self):
        folder = new_folder("jupyter")
        for name in ("one", "Two"):
            os.makedirs(os.path.join(folder, "kernels", name))
            with open(os.path.join(folder, "kernels", name, "kernel.json"), "w") as file:
                json.dump({"argv": ["x"], "display_name": name, "language": "x"}, file)
        os.makedirs(os.path.join(folder, "kernels", "no-json"))
        ours = "import sys, json; sys.path.insert(0, sys.argv[1]); from nightlog_runner import kernel_spec as k; f = k.installed(); print(json.dumps(sorted(f.items())))"
        theirs = "import json; from jupyter_client.kernelspec import KernelSpecManager as K; print(json.dumps(sorted((n.lower(), p) for n, p in K().find_kernel_specs().items())))"
        environment = {**os.environ, "JUPYTER_PATH": folder}
        found = [
            json.loads(subprocess.run([PYTHON, "-c", script, os.path.dirname(HERE)], capture_output=True, text=True, env=environment, check=True).stdout)
            for script in (ours, theirs)
        ]
        self.assertEqual(*found)
        self.assertTrue({"one", "two", "python3"} <= {name for name, _ in found[0]})


class Packages(unittest.TestCase):
    def make(self, files):
        folder = new_folder("site-packages")
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        return folder

    META = "Metadata-Version: 2.1\nName: One\nVersion: 1.0\n\nName: not this\n"

    def origin(self, **files):
        folder = self.make({"one-1.0.dist-info/METADATA": self.META, **{f"one-1.0.dist-info/{name}": text for name, text in files.items()}})
        found, complete = packages.python_packages([folder])
        self.assertTrue(complete)
        self.assertEqual((found[0]["name"], found[0]["version"]), ("One", "1.0"))
        return found[0]["origin"]

    def test_origins(self):
        direct = "direct_url.json"
        rows = [
            ({}, None),
            ({"INSTALLER": "uv\n"}, "index"),
            ({direct: '{"url": "file:///home/me/my%20pkg", "dir_info": {"editable": true}}'}, "/home/me/my pkg"),
            ({direct: '{"url": "https://me:canary@host/x.whl?token=canary"}'}, "https://host/x.whl"),
            ({direct: '{"url": "https://host/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}'}, "git+https://host/r.git@abc"),
            ({direct: "damaged"}, None),
        ]
        for files, expected in rows:
            with self.subTest(files):
                self.assertEqual(self.origin(**files), expected)

    def test_damaged_packages_make_the_list_incomplete(self):
        folder = self.make({"one-1.0.dist-info/METADATA": self.META, "bad-1.0.dist-info/RECORD": ""})
        found, complete = packages.python_packages([folder, "/not/there"])
        self.assertEqual(([package["name"] for package in found], complete), (["One"], False))

    def test_the_first_on_the_path_wins(self):
        first = self.make({"one-2.0.dist-info/METADATA": self.META.replace("1.0", "2.0")})
        second = self.make({"one-1.0.dist-info/METADATA": self.META})
        self.assertEqual(packages.python_packages([first, second])[0][0]["version"], "2.0")

    def test_conda(self):
        folder = new_folder("conda")
        site = os.path.join(folder, "lib", "python3.11", "site-packages")
        os.makedirs(os.path.join(site, "one-1.0.dist-info"))
        os.makedirs(os.path.join(folder, "conda-meta"))
        with open(os.path.join(site, "one-1.0.dist-info", "METADATA"), "w") as file:
            file.write(self.META)
        for name in ("one-1.0-py311_0.json", "lib-with-dash-2.3-h1_0.json", "history"):
            with open(os.path.join(folder, "conda-meta", name), "w"):
                pass
        found, _ = packages.python_packages([site])
        self.assertEqual([(p["name"], p["version"]) for p in found], [("lib-with-dash", "2.3"), ("One", "1.0")])
        self.assertEqual(found[0]["origin"], "conda")

    def test_packages_of_r(self):
        version, found = parse_r_packages("R version 4.2.2 Patched (2022-11-10 r83330)\nbase\t4.2.2\nMASS\t7.3\n")
        self.assertEqual((version, [package["name"] for package in found]), ("4.2.2", ["base", "MASS"]))


class Machine(unittest.TestCase):
    def test_gpus(self):
        self.assertEqual(
            system_facts.parse_gpus("NVIDIA A100, 535.104, 40960\nbroken\n"),
            [{"name": "NVIDIA A100", "driver": "535.104", "memoryBytes": 40960 << 20}],
        )

    def test_own_process(self):
        self.assertIn(os.getpid(), process_tree.descendants([os.getppid()]))
        self.assertGreater(process_tree.resident_bytes(os.getpid()), 1 << 20)
        self.assertIsNone(process_tree.start_time(2**22 + 1))

    def test_what_is_open_is_seen_while_a_cell_runs(self):
        path, seen = os.path.join(new_folder(), "in.txt"), []
        with open(path, "w+") as file:
            process = subprocess.Popen(["sleep", "600"], stdin=file)
        inputs = types.SimpleNamespace(take_sample=lambda path, *_: seen.append(path), read_records=lambda: None, hash_next=lambda: False)
        monitor = Monitor(types.SimpleNamespace(memory_bytes=None), types.SimpleNamespace(pid=process.pid), inputs)
        monitor.begin_cell()
        try:
            deadline = time.monotonic() + LIMIT_SECONDS
            while path not in seen and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            monitor.stop()
            process.kill()
            process.wait()
        self.assertIn(path, seen)


class Folders(unittest.TestCase):
    def test_two_runners_in_one_folder(self):
        path = new_folder()
        first, second = JobFolder(path), JobFolder(path)
        first.take()
        self.assertRaises(AlreadyRunning, second.take)

    def test_changes_of_a_tree(self):
        folder = new_folder("tree")
        for name in ("same", "changed", "gone"):
            with open(os.path.join(folder, name), "w") as file:
                file.write("1")
        before = TreeSnapshot(folder, set())
        with open(os.path.join(folder, "changed"), "w") as file:
            file.write("22")
        os.unlink(os.path.join(folder, "gone"))
        os.makedirs(os.path.join(folder, "__pycache__"))
        for name in ("new", "__pycache__/x.pyc"):
            with open(os.path.join(folder, name), "w"):
                pass
        changed, gone = before.changes(TreeSnapshot(folder, set()))
        self.assertEqual(([os.path.basename(path) for path in changed], [os.path.basename(path) for path in gone]), (["changed", "new"], ["gone"]))


class Archive(unittest.TestCase):
    """The built runner.pyz. NIGHTLOG_TEST_NODE names node where it is not on the path."""

    def build(self):
        target = os.path.join(new_folder(), "runner.pyz")
        build = os.path.join(os.path.dirname(HERE), "build.mjs")
        script = f"import {{ buildRunner }} from {json.dumps('file://' + build)}; buildRunner({json.dumps(target)});"
        subprocess.run([os.environ.get("NIGHTLOG_TEST_NODE", "node"), "--input-type=module", "-e", script], check=True)
        return target

    def test_is_the_same_for_the_same_source_and_a_sound_zip_file(self):
        first, second = self.build(), self.build()
        with open(first, "rb") as a, open(second, "rb") as b:
            self.assertEqual(a.read(), b.read())
        with zipfile.ZipFile(first) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
        self.assertIn("nightlog_runner/hook/sitecustomize.py", names)
        self.assertEqual(names, sorted(names))

    def test_runs_unpacked_at_the_second_time(self):
        archive, cache = self.build(), os.path.join(new_folder(), "cache")
        for _ in range(2):
            job = JobRun(notebook("print('ran')", "open('x').read()", kernel="python3"))
            job.put("x")
            job.runner = archive
            job.environment["NIGHTLOG_RUNNER_CACHE"] = cache
            job.run()
            self.assertEqual(job.text(0), "ran\n", job.log())
            self.assertEqual(job.receipt()["inputs"]["method"], ["audit", "sampling"])
            self.assertEqual(len(os.listdir(cache)), 1)
            self.assertEqual(os.stat(os.path.join(cache, os.listdir(cache)[0])).st_mode & 0o777, 0o700)

    def test_a_cache_that_others_can_write_to_is_not_used(self):
        archive, cache = self.build(), os.path.join(new_folder(), "cache")
        for _ in range(2):
            job = JobRun(notebook("print('ran')"))
            job.runner = archive
            job.environment["NIGHTLOG_RUNNER_CACHE"] = cache
            job.run()
            self.assertEqual(job.status, 0)
            folder = os.path.join(cache, os.listdir(cache)[0])
            with open(os.path.join(folder, "nightlog_runner", "main.py"), "w") as file:
                file.write("raise SystemExit('planted')")
            os.chmod(folder, 0o777)


if __name__ == "__main__":
    unittest.main()
