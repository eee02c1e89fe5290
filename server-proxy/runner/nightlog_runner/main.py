"""`python runner.pyz JOBFOLDER`: exit 0 when every cell ran, 1 when the run ended otherwise, 2 for a wrong call, 3 when another runner has the folder,
4 when the disk is so full that not even how it ended could be written down.

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
from .kernel_spec import find_kernel_spec, native_kernel_spec
from .notebook_text import read_notebook
from .run_log import RunLog
from .stop_request import StopRequest


DISK_FULL = 4


def main(arguments):
    started = time.monotonic()
    only_recover = arguments[:1] == ["--recover"]
    if only_recover:
        arguments = arguments[1:]
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        say("usage: python runner.pyz [--recover] JOBFOLDER")
        return 2
    folder = JobFolder(os.path.realpath(arguments[0]))
    try:
        job = read_job(folder.path)
        folder.take()
    except Ending as ending:
        say(f"{ending.title} {ending.detail or ''}".strip())
        return 2
    except AlreadyRunning as error:
        say(f"Another runner works in this folder already: {error}.")
        return 3
    except OSError as error:
        say(f"The job's folder cannot be used: {error}.")
        return status_of(error)
    if only_recover:
        return recover(folder)
    # A receipt ends the job, unless a later attempt is asked for: whoever starts the runner again by mistake must not run the notebook twice.
    if (folder.finished_attempt() or 0) >= job.attempt:
        say("This attempt of the job has ended already; its receipt is here.")
        return 0
    try:
        run = Run(job, folder, started)
    except OSError as error:
        say(f"The job's log cannot be written: {error}.")
        return status_of(error)
    return run.go()


def say(sentence):
    """A line for whoever started the runner; on a full disk, where it cannot be written, the exit status must do."""
    try:
        print(sentence, file=sys.stderr, flush=True)
    except OSError:
        pass


def status_of(error):
    return DISK_FULL if error.errno in endings.FULL else 2


def recover(folder):
    try:
        folder.recover()
    except OSError as error:
        say(f"The result could not be completed: {error}.")
        return status_of(error)
    return 0


class Run:
    """One attempt of a job, up to the kernel's start. What follows is imported while the kernel starts."""

    def __init__(self, job, folder, started):
        self.job = job
        self.folder = folder
        self.attempt = job.attempt
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
        except Exception:
            ending = self.own_failure()
        from .rest_of_run import RestOfRun

        rest = RestOfRun(self)
        reason = rest.go(ending).reason
        if rest.unwritten is not None and rest.unwritten.errno in endings.FULL:
            return DISK_FULL
        return 0 if reason == "completed" else 1

    def own_failure(self):
        """The ending for the exception that is being handled, which nothing explains."""
        import traceback

        whole = traceback.format_exc()
        self.log.say(whole)
        return endings.runner_error("The runner itself failed. Please report this with the log.", whole)

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
        self.attempt = max(self.job.attempt, self.events.starts + 1)
        try:
            notebook = read_notebook(self.job.notebook)
            self.cells = make_cells(notebook, self.job)
            self.notebook = notebook
        finally:
            total = sum(cell.selected for cell in self.cells)
            self.events.append("started", attempt=self.attempt, total=total, host=os.uname().nodename, pid=os.getpid())
        if self.stop.check(at_once=True):
            raise endings.cancelled(self.stop.how)
        self.spec = native_kernel_spec() if self.job.native_kernel else find_kernel_spec(self.job.kernel_name or self.notebook.kernel_name())
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
