"""Each way in which a run can end says which it is, keeps what had finished, and leaves no process behind."""

import json
import math
import os
import signal
import time
import unittest

from nightlog_runner.endings import duration

from .support import JobRun, code, new_folder, notebook, processes_with


class RunEnds(unittest.TestCase):
    def check(self, job, reason, *words):
        """The run ended so, in the event and in the receipt, with these words in the title; nothing of it is left running."""
        self.assertTrue(os.path.exists(job.path("receipt.json")), job.log())
        exit_ = job.receipt()["exit"]
        self.assertEqual(exit_["reason"], reason, json.dumps(exit_) + job.log())
        ended = {key: value for key, value in job.ended().items() if key in exit_}
        self.assertEqual(ended, exit_)
        self.assertEqual(job.kinds()[-1], "ended")
        self.assertEqual(job.status, 0 if reason == "completed" else 1)
        for word in words:
            self.assertIn(word, exit_["title"] + (exit_["detail"] or ""))
        self.assertEqual(processes_with(job.folder), [])
        self.assertFalse(os.path.exists(job.path(".runner", "reserve")))
        return exit_

    def test_every_cell_ran(self):
        job = JobRun(notebook("print('one')", "print('two')")).run()
        self.check(job, "completed")
        self.assertEqual([job.text(0), job.text(1)], ["one\n", "two\n"])
        self.assertEqual(job.statuses(), ["ok", "ok"])

    def test_a_cell_raises(self):
        job = JobRun(notebook("print('one')", "1/0", "print('never')")).run()
        exit_ = self.check(job, "cell-error", "ZeroDivisionError", "division by zero")
        self.assertEqual(exit_["cell"], "cell-1")
        self.assertEqual(job.statuses(), ["ok", "error", "not-run"])
        self.assertEqual(job.outputs(1)[0]["ename"], "ZeroDivisionError")

    def test_the_kernel_is_killed(self):
        job = JobRun(notebook("print('kept')", "import time; print('last', flush=True); time.sleep(600)", "1")).start()
        # The kernel sends from a thread of its own: what it printed is on its way a moment later.
        job.wait_for_log("last\n")
        os.kill(job.lock()["kernel"]["pid"], signal.SIGKILL)
        job.status = job.wait()
        exit_ = self.check(job, "kernel-died", "SIGKILL")
        self.assertEqual(exit_["cell"], "cell-1")
        self.assertEqual(job.text(0), "kept\n")
        self.assertEqual(job.text(1), "last\n")
        self.assertEqual(job.statuses(), ["ok", "interrupted", "not-run"])

    def test_compiled_code_crashes_the_kernel(self):
        job = JobRun(notebook("import ctypes; ctypes.string_at(0)")).run()
        self.check(job, "kernel-died", "SIGSEGV", "compiled code")

    def test_the_kernel_exits(self):
        job = JobRun(notebook("import os; os._exit(7)")).run()
        self.check(job, "kernel-died", "exit code 7")

    def test_a_cell_calls_exit(self):
        job = JobRun(notebook("exit()", "print('never')")).run()
        self.check(job, "kernel-died", "exit()")

    def test_a_last_cell_that_calls_exit_is_no_error(self):
        skipped = [code("", "empty"), code("print('no')", "skip", tags=["skip-execution"])]
        for after in ([], skipped):
            with self.subTest(cells_after=len(after)):
                job = JobRun(notebook("print('done')", "exit()", *after)).run()
                self.check(job, "completed")

    def test_a_cell_that_keeps_the_kernel_when_it_calls_exit(self):
        job = JobRun(notebook("exit(keep_kernel=True)", "print('goes on')")).run()
        self.check(job, "completed")
        self.assertEqual(job.text(1), "goes on\n")

    def test_a_cell_asks_for_input(self):
        for source in ("input('name? ')", "import getpass; getpass.getpass()"):
            with self.subTest(source):
                job = JobRun(notebook(source, "print('never')")).run()
                exit_ = self.check(job, "input-requested", "parameter")
                self.assertEqual(exit_["cell"], "cell-0")

    def test_the_kernel_is_not_installed(self):
        job = JobRun(notebook("1", kernel="no-such-kernel")).run()
        self.check(job, "kernel-missing", "no-such-kernel", "Install", "python3")
        self.assertEqual(job.statuses(), ["not-run"])
        self.assertEqual(job.result()["cells"][0]["source"], "1")

    def kernel_folder(self, argv, **fields):
        """A Jupyter path with one kernelspec."""
        folder = new_folder("jupyter")
        spec = os.path.join(folder, "kernels", "made-up")
        os.makedirs(spec)
        with open(os.path.join(spec, "kernel.json"), "w") as file:
            json.dump({"argv": argv, "display_name": "Made up", "language": "python", **fields}, file)
        return folder

    def job_with_kernel(self, argv, *cells, **fields):
        job = JobRun(notebook(*cells, kernel="made-up"))
        job.environment["JUPYTER_PATH"] = self.kernel_folder(argv, **fields)
        return job

    def run_with_kernel(self, argv, *cells, **fields):
        return self.job_with_kernel(argv, *cells, **fields).run()

    def test_the_kernels_program_is_not_there(self):
        job = self.run_with_kernel(["/no/such/program", "{connection_file}"], "1")
        self.check(job, "kernel-missing", "/no/such/program", "Install")

    def test_the_kernels_python_has_no_ipykernel(self):
        job = self.run_with_kernel(["python", "-c", "import sys; sys.exit('No module named ipykernel_launcher')", "{connection_file}"], "1")
        self.check(job, "kernel-missing", "ipykernel is not installed")

    def test_a_kernel_whose_environment_is_none(self):
        job = self.run_with_kernel(["python", "{connection_file}"], "1", env=["A=1"])
        self.check(job, "kernel-missing", "made-up", "`env` must list variables by name")

    def test_something_that_nobody_expected_before_the_kernel_starts(self):
        job = self.run_with_kernel(["python", "no\0argument", "{connection_file}"], "1")
        self.check(job, "runner-error", "report this", "null byte")
        self.assertIn("null byte", job.log())

    def test_something_that_nobody_expected_while_a_cell_runs(self):
        deep = []
        for _ in range(600):
            deep = [deep]
        job = JobRun(notebook("print('kept')", code("import time; time.sleep(600)", "deep", metadata={"mine": deep}), "print('never')")).run()
        self.check(job, "runner-error", "report this", "RecursionError")
        self.assertEqual((job.text(0), job.statuses()), ("kept\n", ["ok", "interrupted", "not-run"]))

    def test_a_kernel_that_something_else_starts(self):
        metadata = {"kernel_provisioner": {"provisioner_name": "far-away"}}
        job = self.run_with_kernel(["python", "{connection_file}"], "1", metadata=metadata)
        self.check(job, "kernel-missing", "far-away")

    def test_a_kernel_that_ends_before_it_answers(self):
        job = self.run_with_kernel(["python", "-c", "print('bad luck'); raise SystemExit(3)", "{connection_file}"], "1")
        exit_ = self.check(job, "kernel-died", "exit code 3", "before a cell ran")
        self.assertIn("bad luck", exit_["detail"])

    def test_a_kernel_that_never_answers(self):
        job = self.job_with_kernel(["python", "-c", "import time; time.sleep(600)", "{connection_file}"], "1")
        job.environment["NIGHTLOG_RUNNER_START_SECONDS"] = "2"
        self.check(job.run(), "kernel-hangs", "did not answer")

    def test_a_kernel_that_stops_answering(self):
        job = JobRun(notebook("import time; print('begun', flush=True); time.sleep(600)"))
        job.environment["NIGHTLOG_RUNNER_HANG_SECONDS"] = "4"
        job.environment["NIGHTLOG_RUNNER_BEAT_SECONDS"] = "0.1"
        job.start()
        job.wait_for_log("begun")
        # Long enough to answer its heartbeat before, where the machine is not slow; that it is stopped is seen either way.
        time.sleep(1)
        kernel = job.lock()["kernel"]["pid"]
        os.kill(kernel, signal.SIGSTOP)
        job.status = job.wait()
        exit_ = self.check(job, "kernel-hangs", "not answered")
        self.assertIn("stopped by a signal", exit_["detail"])
        self.assertEqual(job.text(0), "begun\n")

    def test_a_kernel_that_computes_in_silence_does_not_hang(self):
        # One call that holds the interpreter's lock: no output, and no answer but the heartbeat's.
        job = JobRun(notebook("import time\nt = time.time()\nwhile time.time() - t < 6: sum(range(100000))\nprint('done')"))
        job.environment["NIGHTLOG_RUNNER_HANG_SECONDS"] = "4"
        job.environment["NIGHTLOG_RUNNER_BEAT_SECONDS"] = "0.2"
        job.run()
        self.check(job, "completed")

    def test_a_cell_forks(self):
        source = "import os, time\nchild = os.fork()\nif child == 0:\n    time.sleep(600)\nprint('parent')"
        job = JobRun(notebook(source, "print('next')")).run()
        self.check(job, "completed")
        self.assertEqual([job.text(0), job.text(1)], ["parent\n", "next\n"])

    def test_a_forked_child_that_goes_on_in_the_notebook(self):
        job = JobRun(notebook("import os\nchild = os.fork()\nprint('here', flush=True)", "print('next')")).run()
        self.check(job, "completed")
        self.assertEqual(job.text(1), "next\n")

    def test_what_a_cell_leaves_running_is_ended(self):
        source = "import os, subprocess, time\nsubprocess.Popen('setsid sh -c \"touch begun; sleep 600 & sleep 600\" &', shell=True).wait()"
        job = JobRun(notebook(source + "\nwhile not os.path.exists('begun'): time.sleep(0.01)")).run()
        self.check(job, "completed")
        self.assertIn("left running", job.log())

    def test_memory_beyond_the_jobs_limit(self):
        source = "import time\nprint('begun', flush=True)\nheld = bytearray(400_000_000)\nfor i in range(0, len(held), 4096): held[i] = 1\ntime.sleep(600)"
        job = JobRun(notebook("print('kept')", source), memoryBytes=250_000_000).run()
        exit_ = self.check(job, "out-of-memory", "238.4 MB", "Ask for more memory")
        self.assertEqual(exit_["cell"], "cell-1")
        self.assertEqual(job.text(0), "kept\n")

    def test_a_memory_error_is_the_cells_own(self):
        job = JobRun(notebook("x = bytearray(1 << 60)")).run()
        self.check(job, "cell-error", "MemoryError")

    def test_the_description_is_not_understood(self):
        job = JobRun(notebook("1"), format=2)
        job.run()
        self.assertEqual(job.status, 2)
        self.assertIn("format", job.complained)
        self.assertFalse(os.path.exists(job.path("receipt.json")))

    def test_notebooks_that_cannot_be_run(self):
        rows = [
            (b"{", "not valid JSON"),
            (b"\xff\xfe{}", "not valid JSON"),
            (b'{"cells": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}', "nbformat 3"),
            (b'{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no cells"),
            (b'{"cells": [], "nbformat": 4, "nbformat_minor": 5}', "no metadata"),
            (b'{"cells": [1], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "cell 1"),
            (b"[" * 100_000, "not valid JSON"),
        ]
        for data, words in rows:
            with self.subTest(words):
                job = JobRun(notebook("1"))
                job.write_notebook(data)
                job.run()
                self.check(job, "runner-error", words)
                self.assertFalse(os.path.exists(job.path("result.ipynb")))

    def test_cells_that_are_not_there(self):
        job = JobRun(notebook("print(1)"), cells=["cell-0", "gone"]).run()
        self.check(job, "runner-error", "gone")

    def test_a_notebook_without_code(self):
        job = JobRun(notebook()).run()
        self.check(job, "completed")

    def test_a_cell_that_is_no_error_to_the_kernel_but_unknown_to_us_is_no_success(self):
        # sys.exit is an error in IPython's reply, and no end of the kernel.
        job = JobRun(notebook("import sys; sys.exit(3)", "print('never')")).run()
        self.check(job, "cell-error", "SystemExit")


class RunIsStopped(unittest.TestCase):
    check = RunEnds.check
    kernel_folder = RunEnds.kernel_folder
    job_with_kernel = RunEnds.job_with_kernel

    SLEEPS = "import time\nprint('begun', flush=True)\ntime.sleep(600)"

    def stopped(self, job, how):
        job.start()
        job.wait_for_log("begun")
        begun = time.monotonic()
        how(job)
        job.status = job.wait()
        # The cell itself would take ten minutes.
        self.assertLess(time.monotonic() - begun, 60)
        return job

    def test_by_a_file(self):
        # What a cell gives at once when it is interrupted is taken in; a traceback takes a slow machine too long.
        source = "import time\ntry:\n    print('begun', flush=True); time.sleep(600)\nexcept KeyboardInterrupt:\n    print('interrupted')"
        job = self.stopped(JobRun(notebook("print('kept')", source, "print('never')")), lambda job: job.cancel())
        self.check(job, "cancelled", "kept")
        self.assertEqual([job.text(0), job.text(1), job.text(2)], ["kept\n", "begun\ninterrupted\n", ""])
        self.assertEqual(job.statuses(), ["ok", "interrupted", "not-run"])

    def test_by_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                job = self.stopped(JobRun(notebook(self.SLEEPS)), lambda job, number=number: job.process.send_signal(number))
                self.check(job, "cancelled", number.name)

    def test_although_the_cell_does_not_listen(self):
        source = "import time\nprint('begun', flush=True)\nwhile True:\n    try:\n        time.sleep(600)\n    except KeyboardInterrupt:\n        print('no')"
        job = self.stopped(JobRun(notebook(source)), lambda job: job.cancel())
        self.check(job, "cancelled")

    def test_before_it_began(self):
        job = JobRun(notebook("print('never')"))
        job.cancel()
        job.run()
        self.check(job, "cancelled")
        self.assertEqual(job.statuses(), ["not-run"])

    def test_while_the_kernel_starts(self):
        # One that starts as ever, and may have begun its cell by then, and one that never answers.
        for job in (JobRun(notebook(self.SLEEPS)), self.job_with_kernel(["python", "-c", "import time; time.sleep(600)", "ipykernel"], "1")):
            job.start()
            job.wait_for_event("started")
            job.process.send_signal(signal.SIGTERM)
            job.status = job.wait()
            self.check(job, "cancelled")
        self.assertEqual(job.statuses(), ["not-run"])

    def test_by_its_time_limit(self):
        # The limit counts from the runner's start, and a busy machine takes seconds for the kernel's: how many is seen first.
        usual = JobRun(notebook("1")).run().receipt()["resources"]["wallSeconds"]
        limit = 6 + math.ceil(3 * usual)
        job = JobRun(notebook("print('kept')", self.SLEEPS), wallTimeSeconds=limit).run()
        self.check(job, "wall-time", duration(limit))
        took = job.receipt()["resources"]["wallSeconds"]
        self.assertTrue(limit <= took < limit + 100, took)
        self.assertEqual(job.text(0), "kept\n")

    def test_by_its_time_limit_between_cells(self):
        job = JobRun(notebook(*["import time; time.sleep(0.3)"] * 20), wallTimeSeconds=2).run()
        self.check(job, "wall-time")
        self.assertIn("not-run", job.statuses())

    def test_by_a_cells_time_limit(self):
        # The cells before take longer than that together, and none of them does, even where the machine stalls.
        job = JobRun(notebook(*["import time; time.sleep(0.5)"] * 11, self.SLEEPS), cellTimeoutSeconds=5).run()
        exit_ = self.check(job, "cell-timeout", "5 seconds ")
        self.assertEqual(exit_["cell"], "cell-11")

    def test_grandchildren_are_reached(self):
        source = "import subprocess\nprint('begun', flush=True)\nsubprocess.run(['sh', '-c', 'setsid sleep 600 & sleep 600'])"
        job = self.stopped(JobRun(notebook(source)), lambda job: job.process.send_signal(signal.SIGTERM))
        self.check(job, "cancelled")

    def test_a_second_runner_stays_out(self):
        job = JobRun(notebook(self.SLEEPS)).start()
        job.wait_for_log("begun")
        before = self.told(job)
        other = JobRun(notebook("1"))
        other.folder = job.folder
        other.run()
        self.assertEqual(other.status, 3)
        self.assertEqual(self.told(job), before)
        job.cancel()
        job.status = job.wait()
        self.check(job, "cancelled")

    def told(self, job):
        """The events, without those that the clock brings."""
        return [event for event in job.events() if event["kind"] != "saved"]

    def test_an_attempt_that_ended_is_not_run_again(self):
        job = JobRun(notebook("print(1)")).run()
        before = job.bytes("receipt.json")
        job.run()
        self.assertEqual((job.status, job.bytes("receipt.json")), (0, before))

    def test_a_later_attempt_goes_on_counting_and_keeps_what_was(self):
        job = JobRun(notebook("print(1)")).run()
        job.write_job(attempt=2)
        job.run()
        self.assertEqual(job.receipt()["attempt"], 2)
        self.assertEqual([event["seq"] for event in job.events()], list(range(1, len(job.events()) + 1)))
        for name in ("result.earlier-1.ipynb", "receipt.earlier-1.json"):
            self.assertTrue(os.path.exists(job.path(name)), name)


if __name__ == "__main__":
    unittest.main()
