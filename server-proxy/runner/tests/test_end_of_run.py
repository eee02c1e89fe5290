"""What follows the last cell has its time, and says what it had no time for."""

import errno
import os
import select
import subprocess
import threading
import types
import unittest
from unittest import mock

from nightlog_runner import deadline as deadlines
from nightlog_runner import endings, inputs, main
from nightlog_runner.deadline import Deadline, end_seconds
from nightlog_runner.environment import EnvironmentFacts
from nightlog_runner.kernel_process import KernelProcess
from nightlog_runner.rest_of_run import HASH_SECONDS, RestOfRun
from nightlog_runner.tree_files import describe

from .support import JobRun, new_folder, notebook

NO_TIME = "not hashed: no time was left"


class Stop:
    def __init__(self, how=None):
        self.how = how

    def check(self):
        return self.how


class Deadlines(unittest.TestCase):
    def setUp(self):
        self.now = 1000.0
        patch = mock.patch.object(deadlines.time, "monotonic", lambda: self.now)
        patch.start()
        self.addCleanup(patch.stop)

    def test_time_passes(self):
        deadline = Deadline(10)
        self.now += 4
        self.assertEqual((deadline.left(), deadline.has_time()), (6, True))
        self.now += 6
        self.assertFalse(deadline.has_time())

    def test_who_is_asked_to_stop_hurries_from_then_on(self):
        stop = Stop()
        deadline = Deadline(100, stop, 3)
        self.now += 10
        self.assertEqual(deadline.left(), 90)
        stop.how = "by the person"
        self.assertEqual(deadline.left(), 3)
        self.now += 2
        self.assertEqual(deadline.left(), 1)

    def test_a_stop_never_gives_more_time(self):
        self.assertEqual(Deadline(1, Stop("by SIGTERM"), 3).left(), 1)

    def test_another_thread_may_see_the_stop_at_the_same_time(self):
        class Taken(Deadline):
            """As if the other thread took the stop away as soon as this one has looked at it."""

            looks = iter([types.SimpleNamespace(check=lambda: "by the person")])
            stop = property(lambda self: next(self.looks, None), lambda self, value: None)

        self.assertEqual(Taken(100, None, 3).left(), 3)

    def test_towards_the_limit_of_the_run_there_is_less(self):
        rows = [(float("inf"), 120), (500, 120), (60, 60), (2, 3), (-40, 3)]
        for left, expected in rows:
            with self.subTest(left):
                self.assertEqual(end_seconds(120, 3, left), expected)


class Ends(unittest.TestCase):
    def test_a_kernel_is_not_waited_for_once_the_run_is_to_stop(self):
        kernel = KernelProcess(None, new_folder())
        process = subprocess.Popen(["sleep", "600"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        kernel.pid = process.pid
        self.assertFalse(kernel.wait(Deadline(600, Stop("by the person"))))

    def test_files_that_there_is_no_time_for_have_no_hash(self):
        folder = new_folder()
        path = os.path.join(folder, "large.bin")
        with open(path, "wb") as file:
            file.truncate(3 << 20)
        self.assertEqual(describe([path], folder, 1 << 30, Deadline(-1)), [{"path": "large.bin", "sizeBytes": 3 << 20, "sha256": None}])


class Packages(unittest.TestCase):
    """R is asked for its packages when the run ends."""

    def setUp(self):
        self.folder = new_folder("r")

    def facts(self, script, has_time):
        program = os.path.join(self.folder, "R")
        with open(program, "w") as file:
            file.write(f"#!/bin/sh\ncd {self.folder}\n{script}\n")
        os.chmod(program, 0o755)
        spec = types.SimpleNamespace(name="ir", display_name="R", language="R", argv=[program])
        facts = EnvironmentFacts(types.SimpleNamespace(record_environment=[]), spec)
        return facts.facts(None, None, lambda name, path: name, types.SimpleNamespace(has_time=has_time))

    def test_what_it_says_is_recorded(self):
        found = self.facts("printf 'R version 4.3.1 (2023-06-16)\\nabind\\t1.4\\n'", lambda: True)
        self.assertEqual((found["packages"], found["packagesComplete"]), ([{"name": "abind", "version": "1.4", "origin": None}], True))
        self.assertEqual(found["interpreter"]["version"], "4.3.1")

    def test_it_is_ended_where_there_is_no_time_left(self):
        begun, held = os.path.join(self.folder, "begun"), os.path.join(self.folder, "held")
        os.mkfifo(held)
        reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        found = self.facts("exec 9> held; sleep 600 & touch begun; wait", lambda: not os.path.exists(begun))
        self.assertEqual((found["packages"], found["packagesComplete"]), ([], False))
        # At its end once nobody holds the other one any more.
        self.assertEqual(select.select([reader], [], [], 60)[0], [reader])

    def test_one_that_fails_says_nothing(self):
        found = self.facts("echo 'R version 4.3.1'; exit 1", lambda: True)
        self.assertEqual((found["packages"], found["packagesComplete"], found["interpreter"]["version"]), ([], False, None))


class Failures(unittest.TestCase):
    """Something at the end goes wrong that nobody expected."""

    def setUp(self):
        self.log = mock.Mock()
        run = main.Run.__new__(main.Run)
        run.log = self.log
        self.rest = RestOfRun.__new__(RestOfRun)
        self.rest.run = run
        self.rest.saver, self.rest.executor, self.rest.events = mock.Mock(), mock.Mock(), mock.Mock()

    def test_widgets_that_cannot_be_kept_keep_no_output_from_being_saved(self):
        self.rest.executor.keep_widgets.side_effect = KeyError("a widget")
        self.assertEqual(self.rest._save_last(endings.completed(1)).reason, "runner-error")
        self.rest.saver.save.assert_called_once_with(True)

    def test_of_two_failures_the_save_is_told_of(self):
        self.rest.run.folder = mock.Mock()
        self.rest.executor.keep_widgets.side_effect = KeyError("a widget")
        self.rest.saver.save.side_effect = OSError(errno.ENOSPC, "no space")
        self.assertEqual(self.rest._save_last(endings.completed(1)).reason, "disk-full")
        self.assertIn("a widget", self.log.say.call_args.args[0])

    def test_the_log_has_the_whole_traceback(self):
        try:
            raise ValueError("x" * endings.DETAIL_CHARACTERS * 2)
        except ValueError:
            failure = self.rest.run.own_failure()
        self.assertIn("left out", failure.detail)
        self.assertIn("x" * endings.DETAIL_CHARACTERS * 2, self.log.say.call_args.args[0])


class Hashes(unittest.TestCase):
    """A file is being hashed, by the thread that watches the job, when the run ends."""

    def setUp(self):
        folder = new_folder()
        self.path = os.path.join(folder, "in.bin")
        with open(self.path, "wb") as file:
            file.write(b"1")
        found = os.stat(self.path)
        job = types.SimpleNamespace(folder=folder + "/job", tree=folder + "/job", work_dir=folder + "/job", notebook="n.ipynb", hash_up_to_bytes=1 << 20)
        self.folder = folder
        self.inputs = inputs.Inputs(job, os.path.join(folder, "records"), folder + "/private", 0)
        self.inputs.files[self.path] = inputs.Seen(self.path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, False)
        self.begun, self.goes_on = threading.Event(), threading.Event()
        patch = mock.patch.object(inputs, "hash_file", self.hash_file)
        patch.start()
        self.addCleanup(patch.stop)
        self.thread = threading.Thread(target=self.inputs.hash_next)
        self.thread.start()
        self.addCleanup(self.thread.join)
        self.addCleanup(self.goes_on.set)
        self.begun.wait()

    def hash_file(self, path, has_time):
        self.begun.set()
        self.goes_on.wait()
        return ("f" * 64, None) if has_time() else (None, NO_TIME)

    def finish(self, has_time):
        [file] = self.inputs.finish(set(), True, types.SimpleNamespace(has_time=has_time))["files"]
        return file["sha256"], file["note"]

    def test_it_is_waited_for(self):
        def has_time():
            self.goes_on.set()
            return True

        self.assertEqual(self.finish(has_time), ("f" * 64, None))

    def test_it_is_told_that_the_time_is_over(self):
        answers = iter([True])

        def has_time():
            self.goes_on.set()
            return next(answers, False)

        self.assertEqual(self.finish(has_time), (None, NO_TIME))

    def test_one_that_does_not_come_back_is_not_waited_for(self):
        self.assertEqual(self.finish(lambda: False), (None, NO_TIME))

    def test_a_place_that_no_longer_answers_is_not_looked_at(self):
        deadline = types.SimpleNamespace(has_time=lambda: False)
        self.inputs.files[self.path].written = True
        for name, sha256 in (("hashed.bin", "e" * 64), ("waits.bin", None)):
            path = os.path.join(self.folder, name)
            seen = self.inputs.files[path] = inputs.Seen(path, 1, 0, 0, False)
            seen.sha256, seen.hashed = sha256, sha256 is not None
        for name in ("stat", "lstat", "readlink"):
            patch = mock.patch.object(os, name, self.looking(getattr(os, name)))
            patch.start()
            self.addCleanup(patch.stop)
        self.assertEqual(self.inputs.written_elsewhere(deadline), [])
        found = self.inputs.finish(set(), True, deadline)["files"]
        expected = [("hashed.bin", "e" * 64, "not looked at again: no time was left"), ("in.bin", None, NO_TIME), ("waits.bin", None, NO_TIME)]
        self.assertEqual([(os.path.basename(file["path"]), file["sha256"], file["note"]) for file in found], expected)

    def looking(self, look):
        """A call that fails the test for these files: in truth it would wait without end."""

        def call(path, *arguments, **more):
            self.assertFalse(str(path).endswith(".bin"), path)
            return look(path, *arguments, **more)

        return call


class Copies(unittest.TestCase):
    """A private copy of a linked file, of which the file system says nothing but what it said when the copy was made."""

    def setUp(self):
        folder = new_folder()
        self.copy, self.target = os.path.join(folder, "copy.txt"), os.path.join(folder, "target.txt")
        job = types.SimpleNamespace(folder=folder + "/job", hash_up_to_bytes=4)
        self.inputs = inputs.Inputs(job, os.path.join(folder, "records"), folder + "/private", 0)

    def is_untouched(self, copy, target, has_time=lambda: True):
        for path, text in ((self.copy, copy), (self.target, target)):
            if text is not None:
                with open(path, "w") as file:
                    file.write(text)
        found = os.stat(self.copy)
        facts = f"{found.st_size} {found.st_mtime_ns} {found.st_mode} {found.st_ctime_ns}"
        self.inputs._take(b"c", self.copy, f"{self.target}\n{facts}")
        return self.inputs.is_untouched_copy(self.copy, types.SimpleNamespace(has_time=has_time))

    def test_is_as_it_was_where_it_holds_what_its_target_holds(self):
        self.assertTrue(self.is_untouched("same", "same"))
        self.assertFalse(self.is_untouched("mine", "same"))

    def test_is_taken_at_the_file_systems_word_where_it_cannot_be_compared(self):
        self.assertTrue(self.is_untouched("mine", None))
        self.assertTrue(self.is_untouched("larger", "than that"))
        self.assertTrue(self.is_untouched("mine", "same", lambda: False))


class LargeInput(unittest.TestCase):
    def test_a_run_whose_cells_all_ran_is_completed_also_where_its_hashes_are_cut_short(self):
        path = os.path.join(new_folder("elsewhere"), "large.bin")
        with open(path, "wb") as file:
            file.truncate(1 << 42)
        job = JobRun(notebook(f"f = open({path!r}, 'rb'); f.close()"), hashUpToBytes=1 << 43).start()
        job.wait_for_event("cell-ended")
        kernel = job.lock()["kernel"]["pid"]
        job.wait_until(lambda: not os.path.exists(f"/proc/{kernel}"), "the end of the kernel")
        job.cancel()
        job.wait()
        receipt = job.receipt()
        self.assertEqual(receipt["exit"]["reason"], "completed", job.log())
        self.assertLess(receipt["resources"]["wallSeconds"], HASH_SECONDS)
        self.assertEqual([(file["path"], file["sha256"], file["note"]) for file in receipt["inputs"]["files"]], [(path, None, NO_TIME)])


if __name__ == "__main__":
    unittest.main()
