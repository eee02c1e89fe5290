"""`python runner.pyz JOBFOLDER`: exit 0 when every cell ran, 1 when the run ended otherwise, 2 for a wrong call, 3 when another runner has the folder.

`python runner.pyz --recover JOBFOLDER` completes the result of a runner that was killed, and runs nothing: exit 4 where the disk is full.
"""

import os
import sys
import time

from . import endings
from .cells import make_cells
from .endings import Ending
from .event_log import EventLog
from .guarding import Guarding
from .job import read_job
from .job_folder import AlreadyRunning, JobFolder
from .kernel_hook import hook_environment, hook_folder
from .kernel_process import KernelProcess, make_private_folder
from .kernel_spec import find_kernel_spec
from .notebook_text import read_notebook
from .run_log import RunLog
from .stop_request import StopRequest


def main(arguments):
    started = time.monotonic()
    only_recover = arguments[:1] == ["--recover"]
    if only_recover:
        arguments = arguments[1:]
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print("usage: python runner.pyz [--recover] JOBFOLDER", file=sys.stderr)
        return 2
    folder = JobFolder(os.path.realpath(arguments[0]))
    try:
        job = read_job(folder.path)
        folder.take()
    except Ending as ending:
        print(f"{ending.title} {ending.detail or ''}".strip(), file=sys.stderr)
        return 2
    except AlreadyRunning as error:
        print(f"Another runner works in this folder already: {error}.", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"The job's folder cannot be used: {error}.", file=sys.stderr)
        return 2
    if only_recover:
        return recover(folder)
    if folder.finished_attempt() == job.attempt:
        print("This attempt of the job has ended already; its receipt is here.", file=sys.stderr)
        return 0
    return Run(job, folder, started).go()


def recover(folder):
    try:
        folder.recover()
    except OSError as error:
        print(f"The result could not be completed: {error}.", file=sys.stderr)
        return 4 if error.errno in endings.FULL else 2
    return 0


class Run:
    """One attempt of a job, up to the kernel's start. What follows is imported while the kernel starts."""

    def __init__(self, job, folder, started):
        self.job = job
        self.folder = folder
        self.started = started
        self.started_wall = time.time()
        self.stop = StopRequest(folder.path)
        self.log = RunLog(folder.log)
        self.events = None
        self.notebook = None
        self.cells = []
        self.spec = None
        self.kernel = None
        self.guarding = None
        self.socket_folder = ""
        self.record_file = os.path.join(folder.private, "files")

    def go(self):
        try:
            ending = self._begin()
        except Ending as raised:
            ending = raised
        except OSError as error:
            ending = endings.cannot_write(error)
        from .rest_of_run import RestOfRun

        return 0 if RestOfRun(self).go(ending).reason == "completed" else 1

    def _begin(self):
        """Starts the kernel. @raises Ending where it cannot."""
        ended = self.folder.end_earlier(self.job.id)
        if ended:
            self.log.say(f"Ended {endings.processes(ended)} that an earlier, killed runner of this job had left.")
        self.folder.recover()
        self.folder.keep_earlier()
        self.folder.reserve()
        self.folder.forget(self.record_file)
        self.events = EventLog(self.folder.events)
        try:
            notebook = read_notebook(self.job.notebook)
            self.cells = make_cells(notebook, self.job)
            self.notebook = notebook
        finally:
            total = sum(cell.selected for cell in self.cells)
            self.events.append("started", attempt=self.job.attempt, total=total, host=os.uname().nodename, pid=os.getpid())
        if self.stop.check(at_once=True):
            raise endings.cancelled(self.stop.how)
        self.spec = find_kernel_spec(self.job.kernel_name or self.notebook.kernel_name())
        try:
            os.chdir(self.job.work_dir)
        except OSError as error:
            raise endings.runner_error(f"The job's working folder cannot be entered: {error.strerror}.", self.job.work_dir) from error
        self.socket_folder = make_private_folder(self.folder.path)
        kernel = KernelProcess(self.spec, self.socket_folder)
        environment = self._environment()
        self.guarding = Guarding(self.job, environment, self.socket_folder)
        self.guarding.started(kernel.start(environment, self.log.descriptor, self.guarding.guard))
        self.kernel = kernel
        self.folder.note_kernel(kernel.pid, kernel.folder)

    def _environment(self):
        job = self.job
        environment = self.spec.kernel_environment(os.environ)
        environment.update(JPY_PARENT_PID=str(os.getpid()), JPY_SESSION_NAME=job.notebook, NIGHTLOG_KERNEL_OF=job.id, PWD=os.getcwd())
        return hook_environment(environment, hook_folder(self.folder.private), self.record_file, job, self.spec.is_ipykernel)
