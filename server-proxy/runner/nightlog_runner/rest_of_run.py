"""What follows once the kernel's process was started: the cells, the end of the kernel, the receipt."""

import time

from . import endings
from .endings import Ending
from .executor import Executor
from .monitor import Monitor
from .receipt import make_receipt, runs_of, write_receipt
from .saver import Saver
from .wire import Wire


class RestOfRun:
    def __init__(self, run):
        self.run = run
        self.job = run.job
        self.kernel = run.kernel
        self.log = run.log
        self.events = run.events
        self.wire = None
        self.executor = None
        self.saver = None
        self.monitor = Monitor(run)

    def go(self, ending):
        """Runs the cells unless the run has ended already; returns how it ended, which is written down by then."""
        if self.run.notebook is not None:
            self.saver = Saver(self.run.folder.result, self.run.notebook, self.run.cells)
        try:
            if ending is None:
                ending = self._execute()
        except Exception as error:
            import traceback

            ending = endings.runner_error("The runner itself failed. Please report this with the log.", traceback.format_exc())
            self.log.say(ending.detail)
            del error
        return self._finish(ending)

    def _execute(self):
        try:
            self._save()
            while not self.kernel.is_bound() and not self.kernel.has_ended() and time.monotonic() - self.run.started < 30:
                time.sleep(0.002)
            self.wire = Wire(self.kernel.connection, self.kernel.address)
            run = self.run
            self.executor = Executor(
                run.job, run.cells, self.kernel, self.wire, self.log, self.events, self.saver, run.stop, self.monitor, run.started
            )
            self.executor.run()
            return endings.completed(len(self.executor.runs))
        except Ending as raised:
            return raised
        except OSError as error:
            return endings.cannot_write(error)

    def _save(self, durable=False):
        total = self.saver.save(durable)
        self.events.append("saved", bytes=total)

    def _finish(self, ending):
        """Ends the kernel, saves, and writes the receipt last."""
        self._end_kernel(gently=ending.reason in ("completed", "cell-error", "input-requested"))
        if self.executor is not None:
            self.executor.saver_metadata()
        if self.saver is not None:
            try:
                self._save(durable=True)
            except OSError as error:
                self.run.folder.free_reserve()
                ending = endings.cannot_write(error) if ending.reason == "completed" else ending
        runs = self.executor.runs if self.executor is not None else runs_of(self.run.cells)
        receipt = make_receipt(self.job, ending, runs, self._facts(), self.run.started_wall)
        try:
            self.events.append("ended", **ending.as_dict())
        except OSError:
            self.run.folder.free_reserve()
            self.events.append("ended", **ending.as_dict())
        self.log.say(ending.title)
        write_receipt(self.run.folder, receipt, self.log.say)
        self.run.folder.free_reserve()
        return ending

    def _facts(self):
        spec = self.kernel.spec if self.kernel is not None else None
        return {
            "environment": {
                "interpreter": {"language": spec.language if spec and spec.language else "unknown", "version": None, "implementation": None, "executable": None},
                "kernelspec": {"name": spec.name if spec else self.job.kernel_name or "unknown", "displayName": spec.display_name if spec else None},
                "packages": [],
                "packagesComplete": False,
                "system": {},
                "variables": {},
                "digest": "0" * 64,
            },
            "inputs": {"method": [], "complete": False, "files": []},
            "files": [],
            "filesComplete": False,
            "resources": {"wallSeconds": time.monotonic() - self.run.started, "cpuSeconds": None, "peakMemoryBytes": None},
        }

    def _end_kernel(self, gently):
        kernel = self.kernel
        if kernel is None or kernel.pid is None:
            return
        if gently and self.wire is not None and not kernel.has_ended():
            self.wire.send("control", "shutdown_request", {"restart": False})
            kernel.wait(10)
        kernel.kill()
        left = kernel.end_leftovers()
        if left:
            self.log.say(f"Ended {left} processes that the notebook had left running.")
        if self.wire is not None:
            self.wire.close()
        kernel.remove_files()
