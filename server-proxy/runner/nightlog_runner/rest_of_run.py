"""What follows once the kernel's process was started: the cells, the end of the kernel, the receipt."""

import math
import os
import resource
import threading
import time

from . import endings, system_facts
from .deadline import Deadline, end_seconds
from .endings import Ending
from .environment import EnvironmentFacts, is_python
from .executor import Executor
from .inputs import Inputs
from .kernel_process import adopt_orphans, find_program, remove_private_folder
from .monitor import Monitor
from .receipt import make_receipt, runs_of, write_receipt
from .saver import Saver
from .tree_files import TreeSnapshot, describe
from .wire import Wire

BOUND_SECONDS = 60
GENTLE_SECONDS = 30
# ipykernel gives its children 14 s to end before it runs the exit handlers.
STILL_SECONDS = 16
HURRIED_SECONDS = 2
# How long hashes may take after the last cell; where a limit was reached there is no such time.
HASH_SECONDS = 120
HURRIED_HASH_SECONDS = 3
# How far beyond its wall time a run may go whose cells all ran: a backend ends it later than that, and then it counts as failed.
BEYOND_LIMIT_SECONDS = 5


class RestOfRun:
    def __init__(self, run):
        self.run = run
        self.job = run.job
        self.kernel = run.kernel
        self.log = run.log
        self.events = run.events
        self.wire = None
        self.executor = None
        self.saver = Saver(run.folder.result, run.folder.changes, run.notebook, run.cells) if run.notebook is not None else None
        self.before = None
        self.inputs = Inputs(run.job, run.record_file, run.socket_folder, int(run.started_wall * 1e9))
        self.monitor = Monitor(run.job, run.kernel, self.inputs)
        self.environment = EnvironmentFacts(run.job, run.spec)
        self.gpus = None
        # What kept the receipt from being written.
        self.unwritten = None

    def go(self, ending):
        """Runs the cells unless the run has ended already; returns how it ended, which is written down by then."""
        try:
            if ending is None:
                ending = self._execute()
        except Exception:
            ending = self.run.own_failure()
        try:
            return self._finish(ending)
        except Exception:
            return self._last_words(self.run.own_failure())

    def _execute(self):
        try:
            self._prepare()
            run = self.run
            self.wire = Wire(self.kernel.connection, self.kernel.address)
            self.executor = Executor(
                run.job,
                run.cells,
                self.kernel,
                self.wire,
                self.log,
                self.events,
                self.saver,
                run.stop,
                self.monitor,
                run.started,
                run.guarding.look_at,
            )
            self.executor.run()
            return endings.completed(len(self.executor.runs))
        except Ending as raised:
            return raised
        except OSError as error:
            return endings.cannot_write(error)

    def _prepare(self):
        """What is needed before the first cell, done while the kernel starts: it has its own processor."""
        self._save()
        adopt_orphans()
        threading.Thread(target=self._ask_for_gpus, daemon=True).start()
        self.before = TreeSnapshot(self.job.tree, self._own_files())
        deadline = time.monotonic() + BOUND_SECONDS
        while not self.kernel.is_bound() and not self.kernel.has_ended() and time.monotonic() < deadline and not self.run.stop.check():
            self._look_at_environment()
            time.sleep(0.002)
        self._look_at_environment()

    def _ask_for_gpus(self):
        self.gpus = system_facts.read_gpus(find_program)

    def _look_at_environment(self):
        if self.environment.interpreter is None and self.kernel is not None:
            self.inputs.read_records()
            interpreters = self.inputs.interpreters
            found = interpreters.get(self.kernel.pid) or next(iter(interpreters.values()), None)
            if found is not None:
                self.environment.take(found)

    def _own_files(self):
        folder = self.run.folder
        return {folder.private, folder.events, folder.result, folder.receipt, folder.log, folder.file("job.json"), folder.file("cancel")}

    def _save(self, durable=False):
        total = self.saver.save(durable)
        self.events.append("saved", bytes=total)

    # The end

    def _finish(self, ending):
        """Ends the kernel, saves, and writes the receipt last."""
        hurried = ending.reason in ("cancelled", "wall-time", "disk-full", "out-of-memory")
        try:
            if self.run.guarding is not None:
                self._tell_of_refusals(ending)
            self._ask_to_end(ending)
            ending = self._save_last(ending)
        finally:
            # Whatever went wrong before, no kernel is left running.
            if self.kernel is not None:
                self._await_end(self._deadline(HURRIED_SECONDS if hurried else GENTLE_SECONDS, HURRIED_SECONDS))
            remove_private_folder(self.run.socket_folder)
            self.monitor.stop()
        facts = self._facts(self._deadline(HURRIED_HASH_SECONDS if hurried else HASH_SECONDS, HURRIED_HASH_SECONDS))
        return self._last_words(ending, facts)

    def _deadline(self, seconds, hurried_seconds):
        """Until when this part of the end may go on, with what is left of the run's time; a stop that is asked for hurries it."""
        limit = self.job.wall_time_seconds
        left = self.run.started + limit + BEYOND_LIMIT_SECONDS - time.monotonic() if limit else math.inf
        return Deadline(end_seconds(seconds, hurried_seconds, left), self.run.stop, hurried_seconds)

    def _ask_to_end(self, ending):
        """Asks the kernel to end, so that what the notebook does at exit is done; one that is busy, or ran no cell, is ended at once."""
        if self.kernel is None or self.kernel.has_ended():
            return
        if self.executor is not None and self.executor.is_idle and self.executor.has_run and ending.reason != "kernel-hangs":
            self.wire.send("control", "shutdown_request", {"restart": False})
        else:
            self.kernel.kill()

    def _tell_of_refusals(self, ending):
        guarding = self.run.guarding
        guarding.explain(ending)
        if guarding.cells:
            self.log.say(endings.READ_ONLY)
        if guarding.guard is None and guarding.folders:
            self.log.say(f"Writing into the notebook's own folder is kept only from Python. {guarding.note}")

    def _save_last(self, ending):
        if self.saver is None:
            return ending
        failure = None
        # Widgets that cannot be kept must not cost the outputs.
        for step in (self._keep_widgets, self._save_with_reserve):
            try:
                step()
            except Exception as error:
                failure = endings.cannot_write(error) if isinstance(error, OSError) else self.run.own_failure()
        return failure if failure is not None and ending.reason in ("completed", "cell-error") else ending

    def _keep_widgets(self):
        if self.executor is not None:
            self.executor.keep_widgets()

    def _save_with_reserve(self):
        try:
            self._save(durable=True)
        except OSError:
            # The space set aside may be enough for what is still missing.
            self.run.folder.free_reserve()
            self._save(durable=True)

    def _await_end(self, deadline):
        kernel = self.kernel
        if not kernel.wait(deadline, self.run.stop.wake_read, STILL_SECONDS):
            self.log.say("The kernel did not end when it was asked to, so it was ended.")
            kernel.kill()
        left = kernel.end_leftovers()
        if left:
            self.log.say(f"Ended {endings.processes(left)} that the notebook had left running.")
        if self.wire is not None:
            self.wire.close()

    def _facts(self, deadline):
        self._look_at_environment()
        self.inputs.read_records()
        elsewhere = self.inputs.written_elsewhere(deadline)
        if not self.inputs.answers:
            self.log.say("A file that the notebook read does not answer, so no input was looked at again; what was written outside the job's folder is not listed.")
        changed, gone, made, complete = [], [], set(), False
        if self.before is not None:
            after = TreeSnapshot(self.job.tree, self._own_files())
            changed, gone = self.before.changes(after)
            changed = [path for path in changed if not self.inputs.is_untouched_copy(path, deadline)]
            made = {path for path in changed if path not in self.before.files}
            complete = self.before.complete and after.complete
        work_dir, limit = self.job.work_dir, self.job.hash_up_to_bytes
        info = self.executor.language if self.executor is not None else None
        environment = self.environment.facts(info, self.gpus, find_program, deadline)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "environment": environment,
            "inputs": self.inputs.finish(made, is_python(environment["interpreter"]["language"]), deadline),
            "files": describe(changed, work_dir, limit, deadline),
            "filesComplete": complete,
            "filesDeleted": [os.path.relpath(path, work_dir) for path in gone],
            "filesElsewhere": [{**file, "path": path} for path in elsewhere for file in describe([path], work_dir, limit, deadline)],
            "linksMadePrivate": sorted({os.path.relpath(path, work_dir) for path in self.inputs.copied}),
            "writesRefused": sorted(set(self.inputs.refused)),
            "guard": self._guard_record(),
            "resources": {
                "wallSeconds": round(time.monotonic() - self.run.started, 6),
                "cpuSeconds": round(children.ru_utime + children.ru_stime, 6),
                "peakMemoryBytes": self.monitor.peak or None,
            },
        }

    def _guard_record(self):
        guarding = self.run.guarding
        return guarding.record(bool(self.inputs.interpreters)) if guarding is not None else None

    def _last_words(self, ending, facts=None):
        """The event and the receipt. They are small, and space for them was set aside."""
        runs = self.executor.runs if self.executor is not None else runs_of(self.run.cells)
        receipt = make_receipt(self.job, self.run.attempt, ending, runs, facts or self._unknown_facts(), self.run.started_wall)
        self.log.say(ending.title)
        for attempt in range(3):
            try:
                self.events.append("ended", **ending.as_dict())
                break
            except (OSError, AttributeError) as error:
                self.log.say(f"How the run ended could not be added to the events: {error}.")
                self.run.folder.free_reserve()
                time.sleep(0.1 * attempt)
        self.unwritten = write_receipt(self.run.folder, receipt, self.log.say)
        self.run.folder.free_reserve()
        return ending

    def _unknown_facts(self):
        return {
            "environment": self.environment.facts(None, None, lambda name, path: None, None),
            "inputs": {"method": [], "complete": False, "files": []},
            "files": [],
            "filesComplete": False,
            "resources": {"wallSeconds": round(time.monotonic() - self.run.started, 6), "cpuSeconds": None, "peakMemoryBytes": None},
        }
