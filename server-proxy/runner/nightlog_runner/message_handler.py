"""Turns the kernel's messages into outputs. A kind of message that is not known changes nothing."""

from .outputs import as_text, output_of
from .widgets import Widgets, captured_output

OUTPUT_KINDS = ("execute_result", "display_data", "error")


class MessageHandler:
    """`on_change` is called with each cell run whose outputs changed; `log` takes the streams' text, `look_at` what a cell and its programs say."""

    def __init__(self, send, log, on_change, look_at):
        self.widgets = Widgets(send)
        self.log = log
        self.on_change = on_change
        self.look_at = look_at
        self.runs = {}
        self.displays = {}
        self.seen_parents = set()
        self.welcomed = False
        self.replies = {}

    def register(self, run):
        self.runs[run.message_id] = run

    def handle_shell(self, message):
        run = self.runs.get(message.parent_id)
        if message.type == "execute_reply" and run is not None:
            run.reply = message.content
            run.set_count(message.content.get("execution_count"))
            run.note_time("shell.execute_reply", message.header.get("date"))
            run.asked_to_exit = asks_to_exit(message.content.get("payload"))
        elif message.parent_id is not None:
            self.replies[message.parent_id] = message

    def handle_iopub(self, message):
        kind = message.type
        if kind == "iopub_welcome":
            self.welcomed = True
            return
        if message.parent_id is not None and not self.runs:
            self.seen_parents.add(message.parent_id)
        run = self.runs.get(message.parent_id)
        if kind.startswith("comm_"):
            self.widgets.handle(message)
        elif run is not None:
            self._handle_for(run, kind, message)

    def _handle_for(self, run, kind, message):
        content = message.content
        if kind == "stream":
            self._stream(run, content, message.parent)
        elif kind in OUTPUT_KINDS:
            self._output(run, kind, content, message.parent)
        elif kind == "update_display_data":
            self._update_display(content)
        elif kind == "clear_output":
            self._clear(run, bool(content.get("wait")), message.parent)
        elif kind == "execute_input":
            run.set_count(content.get("execution_count"))
            run.note_time("iopub.execute_input", message.header.get("date"))
        elif kind == "status":
            state = content.get("execution_state")
            if state in ("busy", "idle"):
                run.note_time(f"iopub.status.{state}", message.header.get("date"))
            if state == "idle":
                run.is_idle = True

    def _stream(self, run, content, parent):
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        text = as_text(content.get("text"))
        self.log.stream(text)
        self.look_at(run.cell.id, text)
        widget = self.widgets.capturing(run.message_id)
        if widget is not None:
            widget.add(captured_output("stream", {"name": name, "text": text}), parent)
            return
        if run.outputs.clear_next:
            self._forget_displays(run)
        run.outputs.stream(name, text)
        self.on_change(run)

    def _output(self, run, kind, content, parent):
        output = output_of(kind, content)
        if kind == "error":
            self.look_at(run.cell.id, output["evalue"])
        display = display_id(content)
        if display is not None:
            self._update_display(content)
        if kind == "execute_result":
            run.set_count(output["execution_count"])
        widget = self.widgets.capturing(run.message_id)
        if widget is not None:
            widget.add(output, parent)
            return
        if run.outputs.clear_next:
            self._forget_displays(run)
        item = run.outputs.add(output)
        if item is not None and display is not None:
            self.displays.setdefault(display, []).append((run, item))
        self.on_change(run)

    def _update_display(self, content):
        """Shows new data wherever this display stands, in whichever cell."""
        new = output_of("display_data", content)
        for run, item in self.displays.get(display_id(content), ()):
            item.show(new["data"], new["metadata"])
            self.on_change(run)

    def _clear(self, run, wait, parent):
        widget = self.widgets.capturing(run.message_id)
        if widget is not None:
            widget.clear(wait, parent)
            return
        run.outputs.clear(wait)
        if not wait:
            self._forget_displays(run)
            self.on_change(run)

    def _forget_displays(self, run):
        for identity, places in self.displays.items():
            self.displays[identity] = [place for place in places if place[0] is not run]


def asks_to_exit(payload):
    """Whether the cell asked that its kernel ends: `exit(keep_kernel=True)` asks it of a front end alone."""
    asked = [item for item in payload if isinstance(item, dict) and item.get("source") == "ask_exit"] if isinstance(payload, list) else []
    return any(item.get("keepkernel") is not True for item in asked)


def display_id(content):
    transient = content.get("transient")
    identity = transient.get("display_id") if isinstance(transient, dict) else None
    return identity if isinstance(identity, str) and identity else None
