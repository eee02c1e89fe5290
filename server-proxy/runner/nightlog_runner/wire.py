"""The Jupyter message protocol 5.3 over ZeroMQ: signed messages on the kernel's five channels."""

import hashlib
import hmac
import json
import os

import zmq

from .clock import iso

DELIMITER = b"<IDS|MSG>"


class Message:
    """A message as received. `buffers` are raw."""

    __slots__ = ("header", "parent", "metadata", "content", "buffers")

    def __init__(self, header, parent, metadata, content, buffers):
        self.header = header
        self.parent = parent
        self.metadata = metadata
        self.content = content
        self.buffers = buffers

    @property
    def type(self):
        kind = self.header.get("msg_type")
        return kind if isinstance(kind, str) else ""

    @property
    def parent_id(self):
        return self.parent.get("msg_id")


class Wire:
    """A client's end of a kernel's channels."""

    def __init__(self, connection, address):
        self.key = connection["key"].encode()
        self.session = os.urandom(16).hex()
        self.count = 0
        self.rejected = 0
        self.address = address
        self.context = zmq.Context(1)
        self.shell = self._socket(zmq.DEALER, "shell")
        self.stdin = self._socket(zmq.DEALER, "stdin")
        self.control = self._socket(zmq.DEALER, "control")
        self.iopub = self._socket(zmq.SUB, "iopub")
        self.heartbeat = None
        self.beat_sent = None
        self.beat_seen = None

    def _socket(self, kind, channel):
        socket = self.context.socket(kind)
        socket.linger = 0
        # What the kernel prints is taken in as fast as it comes: at a limit the kernel would drop it.
        socket.rcvhwm = 0
        socket.sndhwm = 0
        socket.set(zmq.RECONNECT_IVL, 10)
        socket.set(zmq.RECONNECT_IVL_MAX, 1000)
        if kind == zmq.DEALER:
            # The kernel finds the asker of an input request by its name, which must be one on both channels.
            socket.identity = self.session.encode()
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(self.address(channel))
        return socket

    def send(self, channel, kind, content, parent=None):
        """Sends a message; returns its id."""
        self.count += 1
        message_id = f"{self.session}_{self.count}"
        header = {"msg_id": message_id, "msg_type": kind, "session": self.session, "username": "nightlog", "date": iso(), "version": "5.3"}
        parts = [pack(header), pack(parent or {}), b"{}", pack(content)]
        getattr(self, channel).send_multipart([DELIMITER, self._sign(parts), *parts])
        return message_id

    def receive(self, channel):
        """The next message of a channel, or None where none waits or it is not one of the kernel's."""
        try:
            frames = getattr(self, channel).recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        message = self._open(frames)
        if message is None:
            self.rejected += 1
            return Message({}, {}, {}, {}, [])
        return message

    def _open(self, frames):
        try:
            start = frames.index(DELIMITER)
            signature, *parts = frames[start + 1 :]
            if len(parts) < 4 or not hmac.compare_digest(signature, self._sign(parts[:4])):
                return None
            decoded = [json.loads(part) for part in parts[:4]]
        except (ValueError, RecursionError):
            return None
        if not all(isinstance(part, dict) for part in decoded):
            return None
        return Message(*decoded, parts[4:])

    def _sign(self, parts):
        if not self.key:
            return b""
        signer = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in parts:
            signer.update(part)
        return signer.hexdigest().encode()

    def beat(self, now):
        """Asks for a heartbeat where none is on its way; notes the answer. Returns seconds since the kernel last answered."""
        if self.heartbeat is None:
            self.heartbeat = self.context.socket(zmq.DEALER)
            self.heartbeat.linger = 0
            self.heartbeat.connect(self.address("hb"))
        try:
            while True:
                self.heartbeat.recv_multipart(zmq.NOBLOCK)
                self.beat_seen, self.beat_sent = now, None
        except zmq.Again:
            pass
        if self.beat_sent is None:
            try:
                self.heartbeat.send_multipart([b"", b"ping"], zmq.NOBLOCK)
                self.beat_sent = now
            except zmq.Again:
                pass
        return None if self.beat_seen is None else now - self.beat_seen

    def forget_beats(self):
        """What was asked for is asked no more: an answer that is still to come would be taken for that to a later question."""
        if self.heartbeat is not None:
            self.heartbeat.close(0)
        self.heartbeat = self.beat_sent = self.beat_seen = None

    def close(self):
        for socket in (self.shell, self.stdin, self.control, self.iopub, self.heartbeat):
            if socket is not None:
                socket.close(0)
        self.context.term()


def pack(value):
    """JSON in UTF-8; half a surrogate pair becomes the replacement sign, which is what a kernel could read."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
