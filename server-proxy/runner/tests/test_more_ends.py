"""Kernels that hang and kernels that only wait; and folders in which a runner is started again."""

import os
import time
import types
import unittest
from unittest import mock

import zmq
from nightlog_runner import executor, hang_watch
from nightlog_runner.cells import Cell
from nightlog_runner.event_log import EventLog
from nightlog_runner.hang_watch import BEAT_SECONDS, HANG_SECONDS, HangWatch
from nightlog_runner.wire import Message, Wire

from . import test_run_ends
from .support import JobRun, code, new_folder, notebook


class Silence(unittest.TestCase):
    """What a kernel that says nothing is taken for. Time passes here only as it is told to."""

    def setUp(self):
        self.now = 1000.0
        self.last_message = self.now
        # The kernel's process and one below it.
        self.states = {7: "S"}
        self.ticks = {7: 0, 8: 0}
        self.answers = False
        self.answered = None
        self.watch = HangWatch(types.SimpleNamespace(pid=7), types.SimpleNamespace(beat=self.beat, forget_beats=self.forget))
        for name, fake in (("state", self.states.get), ("cpu_ticks", self.ticks.get), ("descendants", lambda pids: [7, 8])):
            patch = mock.patch.object(hang_watch.process_tree, name, fake)
            patch.start()
            self.addCleanup(patch.stop)
        self.watch.begin_cell()

    def beat(self, now):
        self.answered = now if self.answers else self.answered
        return None if self.answered is None else now - self.answered

    def forget(self):
        self.answered = None

    def hangs(self, seconds=HANG_SECONDS * 2, meanwhile=lambda: None):
        """Whether it hangs before so much time has passed."""
        until = self.now + seconds
        while self.now < until:
            self.now += 1
            meanwhile()
            if self.watch.look(self.now, self.last_message) is not None:
                return True
        return False

    def next_cell(self):
        self.last_message = self.now
        self.watch.begin_cell()

    def compute(self, pid):
        self.ticks[pid] += 1

    def answer_for_a_while(self):
        self.answers = True
        self.assertFalse(self.hangs(BEAT_SECONDS * 4))
        self.answers = False

    def test_one_that_never_answered_in_a_cell_may_wait(self):
        self.assertFalse(self.hangs(86400))

    def test_one_that_answers_may_wait(self):
        self.answers = True
        self.assertFalse(self.hangs(86400))

    def test_one_that_answered_and_computes_may_be_silent(self):
        self.answer_for_a_while()
        for pid in (7, 8):
            self.assertFalse(self.hangs(86400, lambda pid=pid: self.compute(pid)))

    def test_one_that_answered_in_this_cell_hangs(self):
        self.answer_for_a_while()
        self.assertTrue(self.hangs())

    def test_one_that_answered_in_an_earlier_cell_hangs(self):
        self.answer_for_a_while()
        self.next_cell()
        self.next_cell()
        self.assertTrue(self.hangs())

    def test_one_that_is_stopped_hangs(self):
        self.states[7] = "T"
        self.assertFalse(self.hangs(HANG_SECONDS))
        self.assertTrue(self.hangs(BEAT_SECONDS * 4))

    def test_one_that_is_stopped_hangs_whatever_it_started(self):
        self.states[7] = "T"
        self.assertTrue(self.hangs(meanwhile=lambda: self.compute(8)))

    def test_one_that_is_slowed_by_stops_does_not_hang(self):
        self.states[7] = "T"
        self.assertFalse(self.hangs(86400, lambda: self.compute(7)))

    def test_one_that_goes_on_in_time_does_not_hang(self):
        for _ in range(10):
            self.states[7] = "T"
            self.assertFalse(self.hangs(HANG_SECONDS / 2))
            self.states[7] = "S"
            self.assertFalse(self.hangs(BEAT_SECONDS * 2))

    def test_a_message_is_a_sign_of_life(self):
        self.answer_for_a_while()
        for _ in range(10):
            self.assertFalse(self.hangs(HANG_SECONDS / 2))
            self.last_message = self.now
        self.assertTrue(self.hangs())

    def test_an_answer_to_an_earlier_cells_question_is_none(self):
        folder = new_folder("sockets")
        wire = Wire({"key": "k"}, lambda channel: f"ipc://{folder}/{channel}")
        kernel = wire.context.socket(zmq.REP)
        try:
            kernel.bind(f"ipc://{folder}/hb")
            self.assertIsNone(wire.beat(1.0))
            kernel.send(kernel.recv())
            self.assertTrue(wire.heartbeat.poll(60_000))
            wire.forget_beats()
            self.assertIsNone(wire.beat(2.0))
            kernel.send(kernel.recv())
            self.assertTrue(wire.heartbeat.poll(60_000))
            self.assertEqual(wire.beat(3.0), 0.0)
        finally:
            kernel.close(0)
            wire.close()


class Stopped(unittest.TestCase):
    check = test_run_ends.RunEnds.check

    STOPS = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"

    def run_cells(self, *cells):
        job = JobRun(notebook(*cells))
        job.environment["NIGHTLOG_RUNNER_HANG_SECONDS"] = "2"
        job.environment["NIGHTLOG_RUNNER_BEAT_SECONDS"] = "0.5"
        job.run()
        exit_ = self.check(job, "kernel-hangs", "not answered", "stopped by a signal")
        self.assertEqual(exit_["cell"], f"cell-{cells.index(self.STOPS)}")
        return job

    def test_by_the_first_words_of_the_first_cell(self):
        job = self.run_cells(self.STOPS, "print('never')")
        self.assertEqual(job.statuses(), ["interrupted", "not-run"])

    def test_by_the_first_words_of_a_later_cell(self):
        job = self.run_cells("print('kept')", self.STOPS, "print('never')")
        self.assertEqual((job.statuses(), job.text(0)), (["ok", "interrupted", "not-run"], "kept\n"))


class Queue:
    """A channel of a kernel that is no more, with what it sent before: a pipe that can be read from as long as a message waits."""

    def __init__(self, messages=()):
        self.messages = list(messages)[::-1]
        self.descriptor, self.other_end = os.pipe()
        if self.messages:
            os.write(self.other_end, b"1")

    def take(self):
        if not self.messages:
            return None
        message = self.messages.pop()
        if not self.messages:
            os.read(self.descriptor, 1)
        return message

    def close(self):
        os.close(self.descriptor)
        os.close(self.other_end)


class LastMessages(unittest.TestCase):
    """The kernel has ended, and much of what it sent still waits. Each message takes a while to be taken in."""

    COUNT = 2000
    IDLE = ("status", {"execution_state": "idle"})
    EXITS = ("execute_reply", {"status": "ok", "payload": [{"source": "ask_exit", "keepkernel": False}]})

    def run_cell(self, reply=None, ends=(), cells_after=0):
        """Runs a cell that printed and then ended like that; returns what is known of it, and the ending."""
        iopub = [("stream", {"name": "stdout", "text": "x"})] * self.COUNT + list(ends)
        queues = {"shell": Queue(map(self.message, [reply] if reply else [])), "iopub": Queue(map(self.message, iopub)), "stdin": Queue(), "control": Queue()}
        wake = Queue()
        for queue in [*queues.values(), wake]:
            self.addCleanup(queue.close)
        now = time.monotonic()

        def receive(channel):
            nonlocal now
            now += 0.005
            return queues[channel].take()

        patch = mock.patch.object(executor.time, "monotonic", lambda: now)
        patch.start()
        self.addCleanup(patch.stop)
        wire = mock.Mock(**{name: queue.descriptor for name, queue in queues.items()}, receive=receive)
        wire.send.return_value = "request"
        kernel = mock.Mock(end_signal=None)
        kernel.has_ended.return_value = True
        kernel.how_it_ended.return_value = "exit code 0"
        stop = mock.Mock(wake_read=wake.descriptor)
        stop.check.return_value = None
        monitor = mock.Mock(memory_over_limit=None)
        monitor.out_of_memory.return_value = None
        job = types.SimpleNamespace(wall_time_seconds=None, cell_timeout_seconds=None, memory_bytes=None)
        cells = [Cell(index, code("1"), None, f"cell-{index}") for index in range(1 + cells_after)]
        for cell in cells:
            cell.selected = True
        saver = mock.Mock(is_due=False, unsaved=False)
        log = mock.Mock()
        log.tail.return_value = ""
        runs = executor.Executor(job, cells, kernel, wire, log, mock.Mock(), saver, stop, monitor, now, mock.Mock())
        ending = None
        try:
            runs._run_cell(runs.runs[0])
        except executor.Ending as raised:
            ending = raised
        return runs.runs[0], ending

    def message(self, kind_and_content):
        kind, content = kind_and_content
        return Message({"msg_type": kind}, {"msg_id": "request"}, {}, content, [])

    def printed(self, run):
        return "".join(item.output()["text"] for item in run.outputs.items)

    def test_a_last_cell_that_called_exit_and_became_idle_is_no_error(self):
        run, ending = self.run_cell(self.EXITS, [self.IDLE])
        self.assertEqual((ending, run.status, self.printed(run)), (None, "ok", "x" * self.COUNT))

    def test_a_cell_that_called_exit_and_became_idle_keeps_others_from_running(self):
        run, ending = self.run_cell(self.EXITS, [self.IDLE], cells_after=1)
        self.assertEqual((ending.reason, run.status), ("kernel-died", "ok"))
        self.assertIn("the cells after it did not run", ending.title)

    def test_all_that_a_kernel_sent_before_it_died_is_kept(self):
        run, ending = self.run_cell()
        self.assertEqual((ending.reason, run.status, self.printed(run)), ("kernel-died", "interrupted", "x" * self.COUNT))


class StartedAgain(unittest.TestCase):
    check = test_run_ends.RunEnds.check

    WAITS = "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)"

    def kill(self, job):
        """Starts the runner, and kills it in the midst of a cell."""
        before = job.kinds().count("cell-started")
        job.start()
        job.wait_until(lambda: job.kinds().count("cell-started") > before, "a cell that starts")
        job.process.kill()
        job.process.communicate()
        return job

    def attempts(self, job):
        return [event["attempt"] for event in job.events() if event["kind"] == "started"]

    def test_after_kills_it_counts_attempts(self):
        job = self.kill(self.kill(JobRun(notebook(self.WAITS))))
        job.put("go")
        job.run()
        self.check(job, "completed")
        self.assertEqual((self.attempts(job), job.receipt()["attempt"]), ([1, 2, 3], 3))
        self.assertEqual([event["seq"] for event in job.events()], list(range(1, len(job.events()) + 1)))

    def test_a_job_that_ended_in_a_later_attempt_is_not_run_again(self):
        job = self.kill(JobRun(notebook(self.WAITS)))
        job.put("go")
        job.run()
        before = [job.bytes(name) for name in ("events.ndjson", "receipt.json")]
        self.assertEqual(job.receipt()["attempt"], 2)
        for attempt in (1, 2):
            job.write_job(attempt=attempt)
            job.run()
            self.assertIn("has ended already", job.complained)
            self.assertEqual((job.status, [job.bytes(name) for name in ("events.ndjson", "receipt.json")]), (0, before))

    def test_the_attempt_that_is_asked_for_is_the_least(self):
        job = self.kill(JobRun(notebook(self.WAITS)))
        job.put("go")
        job.write_job(attempt=5)
        self.assertEqual((self.attempts(job.run()), job.receipt()["attempt"]), ([1, 5], 5))

    def test_only_whole_events_of_starts_count(self):
        start = b'{"seq":1,"kind":"started"}\n'
        rows = [(b"", 0), (start, 1), (start * 3, 3), (start + start[:-1], 1), (b'{"seq":1,"kind":"saved","of":"started"}\nnot json\n[1]\n' + start, 1)]
        for data, expected in rows:
            with self.subTest(data):
                path = os.path.join(new_folder(), "events.ndjson")
                with open(path, "wb") as file:
                    file.write(data)
                log = EventLog(path)
                log.close()
                self.assertEqual(log.starts, expected)


if __name__ == "__main__":
    unittest.main()
