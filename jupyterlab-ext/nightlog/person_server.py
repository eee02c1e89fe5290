"""The person's Nightlog server: found where it runs, started where it does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from .find_bundle import BundleNotFound, find_bundle
from .find_node import NodeNotFound, find_node

START_WITHIN_SECONDS = 45


class ServerProblem(Exception):
    """The server cannot be had. `code` is stable; the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def start_server() -> str:
    """Sees that a server runs, and returns the path of its socket."""
    try:
        bundle = find_bundle()
        node = await asyncio.to_thread(find_node, bundle)
    except BundleNotFound as error:
        raise ServerProblem("server/not-installed", str(error)) from error
    except NodeNotFound as error:
        raise ServerProblem("server/node-missing", str(error)) from error
    process = await asyncio.create_subprocess_exec(
        node,
        str(bundle),
        "serve",
        "--detach",
        "--json",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, said = await asyncio.wait_for(process.communicate(), START_WITHIN_SECONDS)
    except asyncio.TimeoutError as error:
        process.kill()
        await process.wait()
        raise ServerProblem("server/not-started", f"The Nightlog server did not start within {START_WITHIN_SECONDS} s. Try again.") from error
    try:
        return json.loads(output)["socket"]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerProblem("server/not-started", _sentence(said)) from error


def _sentence(said: bytes) -> str:
    """What the command said on standard error: a problem document in its first line, or plain text."""
    text = said.decode("utf-8", "replace").strip()
    try:
        return json.loads(text.splitlines()[0])["title"][:500]
    except (ValueError, KeyError, TypeError, IndexError):
        return f"The Nightlog server could not be started. {text[-500:]}".strip()


class PersonServer:
    """Connects to the server; when it has ended, as it does when nobody needs it, it is started again."""

    def __init__(self, start: Callable[[], Awaitable[str]] = start_server) -> None:
        self._start = start
        self._socket: str | None = None
        self._lock = asyncio.Lock()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises ServerProblem."""
        tried = self._socket
        if tried is not None:
            try:
                return await asyncio.open_unix_connection(tried)
            except OSError:
                pass
        async with self._lock:
            # Whoever waited for another's start takes what it found.
            if self._socket is None or self._socket == tried:
                self._socket = await self._start()
            socket = self._socket
        try:
            return await asyncio.open_unix_connection(socket)
        except OSError as error:
            raise ServerProblem("server/not-reachable", f"The Nightlog server at {socket} does not answer ({error.strerror}). Try again.") from error
