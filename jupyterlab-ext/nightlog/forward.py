"""Forwards from the socket that jupyter-server-proxy watches to the person's server, and ends with Jupyter.

The person's server is one for all that they have open; it comes and goes by itself, and its socket may lie elsewhere the next time. jupyter-server-proxy
wants a process of its own at a socket that stays. This is that process: it passes bytes on, starts the server when somebody asks and none runs, and
answers with a problem document (RFC 9457) when it cannot be had.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal

from .person_server import PersonServer, ServerProblem

CHUNK_BYTES = 256 * 1024
LONGEST_HEAD_BYTES = 64 * 1024
LOOK_AFTER_PARENT_SECONDS = 2


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: PersonServer) -> None:
    """Joins one connection to the server."""
    try:
        first = await reader.read(CHUNK_BYTES)
        if not first:
            return
        try:
            server_reader, server_writer = await server.connect()
        except ServerProblem as problem:
            await refuse(reader, writer, first, problem)
            return
        try:
            server_writer.write(first)
            there = asyncio.ensure_future(copy(reader, server_writer))
            back = asyncio.ensure_future(copy(server_reader, writer))
            # Whichever side ends first ends both: HTTP has no use for half a connection.
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            await close(server_writer)
    except (ConnectionError, asyncio.CancelledError):
        # One side is gone, or this process ends: there is nobody left to tell.
        pass
    finally:
        await close(writer)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes bytes on as they come, and no faster than they are taken."""
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes, problem: ServerProblem) -> None:
    """Answers a request that cannot be passed on."""
    head = first
    while b"\r\n\r\n" not in head and len(head) < LONGEST_HEAD_BYTES:
        more = await reader.read(CHUNK_BYTES)
        if not more:
            return
        head += more
    document = {"type": f"urn:nightlog:problem:{problem.code}", "title": str(problem), "status": 503, "retryable": True}
    body = json.dumps(document).encode()
    writer.write(
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nConnection: close\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    # What is still on its way is read and dropped: closing on it would drop the answer, too.
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(drop(reader), 2)


async def drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK_BYTES):
        pass


async def serve(socket: str, parent_pid: int) -> None:
    """Forwards until the parent is gone or a signal comes."""
    server = PersonServer()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(name, ended.set)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket)
    listener = await asyncio.start_unix_server(lambda reader, writer: forward(reader, writer, server), path=socket, limit=CHUNK_BYTES)
    os.chmod(socket, 0o600)
    try:
        while not ended.is_set() and os.getppid() == parent_pid:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ended.wait(), LOOK_AFTER_PARENT_SECONDS)
    finally:
        listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(socket)


def main() -> None:
    parser = argparse.ArgumentParser(prog="nightlog.forward")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--parent-pid", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(serve(given.socket, given.parent_pid))


if __name__ == "__main__":
    main()
