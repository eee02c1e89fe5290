"""`python runner.pyz JOBFOLDER`: exit 0 when every cell ran, 1 when the run ended otherwise, 2 for a wrong call, 3 when another runner has the folder."""

import os
import sys
import time

from . import endings
from .cells import make_cells
from .endings import Ending
from .event_log import EventLog
from .job import read_job
from .job_folder import AlreadyRunning, JobFolder
from .kernel_process import KernelProcess, make_private_folder
from .kernel_spec import find_kernel_spec
from .notebook_text import read_notebook
from .run_log import RunLog
from .stop_request import StopRequest


def main(arguments):
    started = time.monotonic()
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print("usage: python runner.pyz JOBFOLDER", file=sys.stderr)
        return 2
    os.umask(0o077)
    folder = JobFolder(os.path.abspath(arguments[0]))
    try:
        job = read_job(folder.path)
        folder.take()
    except Ending as ending:
        print(f"{ending.title} {ending.detail or ''}".strip(), file=sys.stderr)
        return 2
    except AlreadyRunning as error:
        print(f"Another runner works in this folder already: {error}.", file=sys.stderr)
        return 3
    if folder.finished_attempt() == job.attempt:
        print("This attempt of the job has ended already; its receipt is here.", file=sys.stderr)
        return 0
    run = Run(job, folder, started)
    ending = run.go()
    return 0 if ending.reason == "completed" else 1


class Run:
    """One attempt of a job, from the kernel's start to the receipt."""

    def __init__(self, job, folder, started):
        self.job = job
        self.folder = folder
        self.started = started
        self.started_wall = time.time()
        self.stop = StopRequest(folder.path)
        self.log = RunLog(folder.log)
        self.events = EventLog(folder.events)
        self.notebook = None
        self.cells = []
        self.kernel = None
        self.rest = None

    def go(self):
        ended = self.folder.end_earlier(self.job.id)
        if ended:
            self.log.say(f"Ended {ended} processes that an earlier, killed runner of this job had left.")
        self.folder.keep_earlier(self.job.attempt - 1)
        self.folder.reserve()
        try:
            self._start_kernel()
        except Ending as raised:
            ending = raised
        except OSError as error:
            ending = endings.cannot_write(error)
        else:
            ending = None
        # All that takes time to import is imported while the kernel starts.
        from .rest_of_run import RestOfRun

        return RestOfRun(self).go(ending)

    def _start_kernel(self):
        job = self.job
        self.notebook = read_notebook(job.notebook)
        self.cells = make_cells(self.notebook, job)
        total = sum(cell.selected for cell in self.cells)
        self.events.append("started", attempt=job.attempt, total=total, host=os.uname().nodename, pid=os.getpid())
        spec = find_kernel_spec(job.kernel_name or self.notebook.kernel_name())
        try:
            os.chdir(job.work_dir)
        except OSError as error:
            raise endings.runner_error(f"The job's working folder cannot be entered: {error.strerror}.", job.work_dir) from error
        environment = spec.kernel_environment(os.environ)
        environment.update(JPY_PARENT_PID=str(os.getpid()), JPY_SESSION_NAME=job.notebook, NIGHTLOG_JOB=job.id)
        self.kernel = KernelProcess(spec, make_private_folder(self.folder.path))
        self.kernel.start(environment, self.log.descriptor)
        self.folder.note_kernel(self.kernel.pid, self.kernel.folder)
