"""Widgets' state as a front end keeps it, and the Output widget, which takes a cell's outputs to itself."""

import base64

from .notebook_json import join_lines, without_depths
from .outputs import output_of

MIME_TYPE = "application/vnd.jupyter.widget-state+json"


class OutputWidget:
    """Stands in for the front end's half of an Output widget."""

    def __init__(self, identity, state, registry):
        self.id = identity
        self.registry = registry
        self.outputs = taken_outputs(state.get("outputs"))
        self.clear_next = False
        self.message_id = None

    def set_state(self, state):
        if isinstance(state.get("outputs"), list):
            self.outputs = taken_outputs(state["outputs"])
        if "msg_id" not in state:
            return
        message_id = state["msg_id"]
        if message_id:
            self.registry.capture(message_id, self)
        else:
            self.registry.release(self.message_id, self)
        self.message_id = message_id

    def clear(self, wait, parent):
        if wait:
            self.clear_next = True
        else:
            self.outputs = []
            self._publish(parent)

    def add(self, output, parent):
        if self.clear_next:
            self.outputs = []
            self.clear_next = False
        last = self.outputs[-1] if self.outputs else None
        is_stream = output["output_type"] == "stream"
        if is_stream and last and last.get("output_type") == "stream" and last.get("name") == output["name"]:
            self.outputs[-1] = {**last, "text": last["text"] + output["text"]}
        else:
            self.outputs.append(output)
        self._publish(parent)

    def _publish(self, parent):
        self.registry.states[self.id]["outputs"] = self.outputs
        data = {"method": "update", "state": {"outputs": self.outputs}, "buffer_paths": []}
        self.registry.send("comm_msg", {"comm_id": self.id, "data": data}, parent)


class Widgets:
    """The state of every widget that the kernel made. `send` sends a message on the shell channel."""

    def __init__(self, send):
        self.send = send
        self.states = {}
        self.buffers = {}
        self.outputs = {}
        self.captures = {}
        self.changed = False

    def capture(self, message_id, widget):
        self.captures.setdefault(message_id, []).append(widget)

    def release(self, message_id, widget):
        stack = self.captures.get(message_id, [])
        if widget in stack:
            stack.remove(widget)

    def capturing(self, message_id):
        """The Output widget that takes the outputs of this request, innermost first."""
        stack = self.captures.get(message_id)
        return stack[-1] if stack else None

    def handle(self, message):
        """Takes in a comm message."""
        content = message.content
        identity = content.get("comm_id")
        data = content.get("data")
        if not isinstance(identity, str) or not isinstance(data, dict):
            return
        state = without_depths(data.get("state"))
        if isinstance(state, dict) and identity in self.outputs and data.get("method") == "echo_update":
            # What comes back is what we sent a while ago; since then the widget may have taken in more.
            state = {key: value for key, value in state.items() if key != "outputs"}
        if isinstance(state, dict):
            self.states.setdefault(identity, {}).update(state)
            self._take_buffers(identity, data.get("buffer_paths"), message.buffers)
            self.changed = True
        if message.type == "comm_open":
            is_output = isinstance(state, dict) and state.get("_model_module") == "@jupyter-widgets/output" and state.get("_model_name") == "OutputModel"
            if content.get("target_name") == "jupyter.widget" and is_output:
                self.outputs[identity] = OutputWidget(identity, state, self)
        elif message.type == "comm_msg" and identity in self.outputs and isinstance(state, dict):
            self.outputs[identity].set_state(state)

    def _take_buffers(self, identity, paths, buffers):
        if not isinstance(paths, list):
            return
        kept = self.buffers.setdefault(identity, {})
        for path, buffer in zip(paths, buffers):
            if isinstance(path, list) and all(isinstance(step, (str, int)) for step in path):
                encoded = base64.b64encode(buffer).decode()
                kept[tuple(map(str, path))] = {"data": encoded, "encoding": "base64", "path": path}

    def metadata(self, earlier):
        """What stands in the notebook's metadata under `widgets`; `earlier` is kept where only some cells ran."""
        saved = {identity: self._saved(identity, state) for identity, state in self.states.items() if "_model_name" in state}
        before = earlier.get(MIME_TYPE) if isinstance(earlier, dict) else None
        if isinstance(before, dict) and isinstance(before.get("state"), dict):
            saved = {**before["state"], **saved}
        others = {key: value for key, value in earlier.items() if key != MIME_TYPE} if isinstance(earlier, dict) else {}
        return {**others, MIME_TYPE: {"state": saved, "version_major": 2, "version_minor": 0}}

    def _saved(self, identity, state):
        saved = {
            "model_name": state.get("_model_name"),
            "model_module": state.get("_model_module"),
            "model_module_version": state.get("_model_module_version"),
            "state": state,
        }
        buffers = self.buffers.get(identity)
        if buffers:
            saved["buffers"] = list(buffers.values())
        return saved


def taken_outputs(outputs):
    """What the notebook put into an Output widget; the text of a stream may be in lines there."""
    taken = [output for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []
    return [{**output, "text": join_lines(output.get("text"))} if output.get("output_type") == "stream" else output for output in taken]


def captured_output(kind, content):
    """An output as an Output widget keeps it."""
    if kind == "stream":
        return {"output_type": "stream", "name": content.get("name"), "text": content.get("text")}
    return output_of(kind, content)
