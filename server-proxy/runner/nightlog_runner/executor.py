"""Runs the cells in the kernel, one after another, and keeps what they give."""

import time

import zmq

from . import endings
from .cell_run import CellRun
from .deadline import Deadline
from .endings import Ending
from .hang_watch import HangWatch
from .message_handler import MessageHandler
from .notebook_json import without_depths

POLL_MILLISECONDS = 200
MESSAGES_AT_ONCE = 200
# More of them say nothing new.
FAILURES_SAID = 20
# How long to wait for what should follow at once: the last outputs after a reply, and the reply after the last output.
IDLE_SECONDS = 4.0
REPLY_SECONDS = 60.0
INTERRUPT_SECONDS = 3.0
# How long what a kernel sent before it ended may take to be taken in; less where the run is to stop.
LAST_MESSAGES_SECONDS = 60.0
HURRIED_MESSAGES_SECONDS = 0.3


class Executor:
    """`started` is the monotonic time at which the run began, from which its time limit counts."""

    def __init__(self, job, cells, kernel, wire, log, events, saver, stop, monitor, started, look_at):
        self.job = job
        self.cells = cells
        self.kernel = kernel
        self.wire = wire
        self.log = log
        self.events = events
        self.saver = saver
        self.stop = stop
        self.monitor = monitor
        self.started = started
        self.runs = [CellRun(cell) for cell in cells if cell.selected]
        self.handler = MessageHandler(lambda kind, content, parent: wire.send("shell", kind, content, parent), log, self._changed, look_at)
        self.poller = zmq.Poller()
        for socket in (wire.shell, wire.iopub, wire.stdin, wire.control, stop.wake_read):
            self.poller.register(socket, zmq.POLLIN)
        self.last_message = time.monotonic()
        self.last_loop = time.monotonic()
        self.input_asked = False
        self.failures = 0
        self.hangs = HangWatch(kernel, wire)
        self.language = None
        self.is_ready = False
        self.done = 0

    # The whole run

    def run(self):
        """Runs all selected cells. @raises Ending for every end but the good one."""
        self._wait_until_ready()
        for run in self.runs:
            if run.is_skipped:
                self._skip(run)
            else:
                self._run_cell(run)

    @property
    def is_idle(self):
        """Whether no cell is under way, so that the kernel can hear what it is asked."""
        return self.is_ready and all(run.is_done for run in self.runs if run.message_id is not None)

    @property
    def has_run(self):
        return any(run.message_id is not None for run in self.runs)

    def keep_widgets(self):
        """Puts the widgets' state into the notebook's metadata."""
        widgets = self.handler.widgets
        if widgets.states and widgets.changed:
            earlier = self.saver.notebook.metadata.get("widgets") if self.job.cells != "all" else None
            self.saver.set_metadata("widgets", widgets.metadata(earlier))

    def _wait_until_ready(self):
        """Waits until the kernel answers and its outputs reach us; then nothing that a cell gives can be missed."""
        asked = {self.wire.send("shell", "kernel_info_request", {})}
        begun = time.monotonic()
        again = begun + 1.0
        info = None
        while info is None or not (self.handler.welcomed or asked & self.handler.seen_parents):
            self._pump(20 if info is not None else POLL_MILLISECONDS)
            info = info or next((self.handler.replies[one] for one in asked if one in self.handler.replies), None)
            now = time.monotonic()
            if self.kernel.has_ended():
                raise self._death(None)
            self._raise_if_stopped(None)
            if info is not None and now > again:
                asked.add(self.wire.send("shell", "kernel_info_request", {}))
                again = now + 0.5
            if self.hangs.start_hangs(now, now - begun):
                took = endings.duration(now - begun)
                title = f"The kernel started but did not answer within {took}. Run it again; if it stays so, start this kernel in Jupyter to see why."
                raise endings.kernel_hangs(title, None, self.log.tail())
        language = info.content.get("language_info")
        if isinstance(language, dict):
            language = without_depths(language)
            self.language = language
            self.saver.set_metadata("language_info", language)
        self.is_ready = True
        name = language.get("name") if isinstance(language, dict) else None
        self._tell("kernel-started", language=name if isinstance(name, str) else None)

    # One cell

    def _skip(self, run):
        run.end("skipped")
        self.done += 1
        self._tell_end(run)

    def _run_cell(self, run):
        self._raise_if_stopped(None)
        run.begin()
        self.monitor.begin_cell()
        self._tell("cell-started", cell=run.cell.id, index=run.cell.index)
        content = {
            "code": run.cell.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": not run.allows_errors,
        }
        self._changed(run)
        run.message_id = self.wire.send("shell", "execute_request", content)
        self.handler.register(run)
        self.hangs.begin_cell()
        ending = None
        try:
            ending = self._wait_for(run)
        except Ending as raised:
            ending = raised
            self._interrupt_and_wait(run)
        except Exception:
            # The kernel will be ended with it: whatever goes wrong, no record says that it did not run.
            run.end("interrupted")
            raise
        try:
            self._end_cell(run, ending)
        except Ending as raised:
            raised.cell = raised.cell or run.cell.id
            raise

    def _wait_for(self, run):
        """Waits for the cell's end; returns the ending where it is not the cell's own."""
        self.last_message = time.monotonic()
        while not run.is_done:
            self._pump(POLL_MILLISECONDS)
            now = time.monotonic()
            if run.is_done:
                break
            if self.kernel.has_ended():
                return self._death(run)
            if run.reply is not None and now - self.last_message > IDLE_SECONDS:
                self.log.say("The kernel did not say that it is idle after a cell; going on.")
                break
            if run.is_idle and now - self.last_message > REPLY_SECONDS:
                return endings.kernel_hangs("The kernel finished a cell without saying how it went. Restart it and run again.", run.cell.id)
            ending = self._reason_to_stop(run, now) or self._hang(run, now)
            if ending is not None:
                self._interrupt_and_wait(run)
                return ending
        return None

    def _end_cell(self, run, ending):
        run.peak_bytes = self.monitor.end_cell()
        status, error = self._judge(run, ending)
        run.end(status)
        self.done += 1
        if run.is_changed:
            self._changed(run)
        ending = ending or error
        try:
            if self.saver.unsaved:
                self._save()
        finally:
            self._tell_end(run)
        if ending is not None:
            raise ending

    def _judge(self, run, ending):
        """How the cell went, and the ending that this makes."""
        if ending is not None:
            return "interrupted", None
        status = run.reply.get("status") if run.reply else None
        if status == "ok":
            if run.asked_to_exit:
                title = "A cell called exit(), which ends the kernel, so the cells after it did not run. Take that call out."
                return "ok", Ending("kernel-died", title, None, run.cell.id) if self._is_followed(run) else None
            return "ok", None
        if run.allows_errors and status == "error":
            return "expected-error", None
        name = run.reply.get("ename") if status == "error" else f"no result (the kernel said {status!r})"
        traceback = run.reply.get("traceback")
        detail = "\n".join(map(str, traceback)) if isinstance(traceback, list) else None
        if name == "StdinNotImplementedError":
            return "error", endings.input_requested(run.cell.id, detail)
        return "error", endings.cell_error(run.cell.id, name, run.reply.get("evalue"), detail)

    def _is_followed(self, run):
        """Whether a cell after this one is to run."""
        return any(not after.is_skipped for after in self.runs[self.runs.index(run) + 1 :])

    def _tell_end(self, run):
        self._tell(
            "cell-ended", cell=run.cell.id, index=run.cell.index, status=run.status, durationSeconds=round(run.duration, 6), done=self.done
        )

    # What may end it early

    def _reason_to_stop(self, run, now):
        cell = run.cell.id if run else None
        if self.stop.check():
            return endings.cancelled(self.stop.how)
        if self.input_asked:
            return endings.input_requested(cell, None)
        limit = self.job.wall_time_seconds
        if limit and now - self.started >= limit:
            return endings.wall_time(limit, cell)
        limit = self.job.cell_timeout_seconds
        if run and limit and now - run.started >= limit:
            return endings.cell_timeout(limit, cell)
        over = self.monitor.memory_over_limit
        if over is not None:
            self.kernel.kill()
            return endings.out_of_memory(self.job.memory_bytes, cell, f"The job's processes held {endings.size(over)}.")
        return None

    def _raise_if_stopped(self, run):
        ending = self._reason_to_stop(run, time.monotonic())
        if ending is not None:
            raise ending

    def _hang(self, run, now):
        seconds = self.hangs.look(now, self.last_message)
        if seconds is None:
            return None
        title = f"The kernel has not answered for {endings.duration(seconds)} and does nothing. Run it again; what had finished is kept."
        return endings.kernel_hangs(title, run.cell.id, self.hangs.state_words())

    def _interrupt_and_wait(self, run):
        """Interrupts the cell and takes in what it still gives."""
        if self.kernel.has_ended():
            return
        if self.kernel.spec.interrupt_by_message:
            self.wire.send("control", "interrupt_request", {})
        else:
            self.kernel.interrupt()
        deadline = time.monotonic() + INTERRUPT_SECONDS
        signals = self.stop.times
        while not run.is_done and time.monotonic() < deadline and not self.kernel.has_ended() and self.stop.times <= signals + 1:
            self._take_messages(100)

    def _death(self, run):
        """The kernel ended by itself: takes in its last messages and says why. None where the cell had ended before it: that is no end of that cell."""
        deadline = Deadline(LAST_MESSAGES_SECONDS, self.stop, HURRIED_MESSAGES_SECONDS)
        # Nothing is added any more, so what waits comes to an end.
        while deadline.has_time() and self._take_messages(50):
            pass
        if run is not None and run.is_done:
            return None
        cell = run.cell.id if run else None
        if run is not None and run.asked_to_exit:
            return Ending("kernel-died", "A cell called exit(), which ends the kernel. Take that call out.", None, cell)
        memory = self.monitor.out_of_memory(self.kernel.end_signal)
        if memory is not None:
            return endings.out_of_memory(self.job.memory_bytes, cell, None, of_machine=memory == "machine")
        tail = self.log.tail()
        if run is None and "No module named ipykernel" in tail:
            title = f"ipykernel is not installed for the Python of the kernel “{self.kernel.spec.name}”. Install it there, or choose another kernel."
            return endings.kernel_missing(title, tail)
        return endings.kernel_died(self.kernel.how_it_ended(), cell, tail)

    # The loop

    def _pump(self, milliseconds):
        self._take_messages(milliseconds)
        now = time.monotonic()
        if now - self.last_loop > 10:
            # The machine or the job was suspended: what is counted in silence starts anew.
            self.last_message = now
        self.last_loop = now
        if self.saver.is_due:
            self._save()

    def _take_messages(self, milliseconds):
        """Handles what waits on the channels; returns whether anything did, be it the end of a child."""
        ready = dict(self.poller.poll(milliseconds))
        if self.stop.wake_read in ready:
            self.stop.drain()
        handled = 0
        if self.wire.iopub in ready:
            handled += self._drain("iopub", self.handler.handle_iopub)
        if self.wire.shell in ready:
            handled += self._drain("shell", self.handler.handle_shell)
        if self.wire.stdin in ready:
            handled += self._drain("stdin", self._handle_stdin)
        if self.wire.control in ready:
            handled += self._drain("control", lambda message: None)
        if handled:
            self.last_message = time.monotonic()
        return bool(ready)

    def _drain(self, channel, handle):
        for count in range(MESSAGES_AT_ONCE):
            message = self.wire.receive(channel)
            if message is None:
                return count
            self._handle(handle, message)
        return MESSAGES_AT_ONCE

    def _handle(self, handle, message):
        """A message that cannot be handled must not end the run: what it would have shown is missing, and the log says so."""
        try:
            handle(message)
        except Exception as error:
            self.failures += 1
            if self.failures <= FAILURES_SAID:
                self.log.say(f"A message of the kernel ({message.type}) could not be taken in: {type(error).__name__}: {error}.")

    def _handle_stdin(self, message):
        if message.type == "input_request":
            self.input_asked = True

    def _changed(self, run):
        self.saver.change(run)

    def _save(self):
        try:
            total = self.saver.save(whole=False)
        except OSError as error:
            raise endings.cannot_write(error) from error
        if total is not None:
            self._tell("saved", bytes=total)

    def _tell(self, kind, **fields):
        try:
            self.events.append(kind, **fields)
        except OSError as error:
            raise endings.cannot_write(error) from error
