"""Forwarding to a server that comes and goes."""

import asyncio
import contextlib
import json
import os
import tempfile
import unittest

from nightlog.forward import forward
from nightlog.person_server import PersonServer, ServerProblem


class ForwardTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.starts = 0
        self.server = None

    async def start(self) -> str:
        """Starts a server at another place each time, which answers with all that it was sent."""
        self.starts += 1
        path = os.path.join(self.folder, f"server-{self.starts}")

        async def echo(reader, writer):
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                while chunk := await reader.read(1000):
                    writer.write(chunk)
                    await writer.drain()
            writer.close()

        self.server = await asyncio.start_unix_server(echo, path=path)
        self.addAsyncCleanup(self.end)
        return path

    async def end(self):
        self.server.close()
        path = os.path.join(self.folder, f"server-{self.starts}")
        if os.path.exists(path):
            os.unlink(path)

    async def listen(self, start) -> str:
        path = os.path.join(self.folder, "forward")
        person_server = PersonServer(start)
        listener = await asyncio.start_unix_server(lambda reader, writer: forward(reader, writer, person_server), path=path)
        self.addCleanup(listener.close)
        return path

    async def say(self, path: str, text: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(text)
        answer = await asyncio.wait_for(reader.readexactly(len(text)), 5)
        writer.close()
        return answer

    async def test_what_is_said_reaches_the_server_and_its_answer_comes_back(self):
        path = await self.listen(self.start)
        big = os.urandom(3_000_000)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(big)
        self.assertEqual(await asyncio.wait_for(reader.readexactly(len(big)), 10), big)
        writer.close()

    async def test_many_at_once_start_one_server(self):
        path = await self.listen(self.start)
        answers = await asyncio.gather(*(self.say(path, b"%d" % number) for number in range(20)))
        self.assertEqual(answers, [b"%d" % number for number in range(20)])
        self.assertEqual(self.starts, 1)

    async def test_a_server_that_has_ended_is_started_again_wherever_it_listens(self):
        path = await self.listen(self.start)
        await self.say(path, b"first")
        await self.end()
        self.assertEqual(await self.say(path, b"second"), b"second")
        self.assertEqual(self.starts, 2)

    async def test_a_server_that_cannot_be_had_is_a_problem_document(self):
        async def fail() -> str:
            raise ServerProblem("server/node-missing", "Install Node.")

        path = await self.listen(fail)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b" 503 ", head)
        self.assertIn(b"application/problem+json", head)
        document = json.loads(body)
        self.assertEqual(
            document, {"type": "urn:nightlog:problem:server/node-missing", "title": "Install Node.", "status": 503, "retryable": True}
        )


if __name__ == "__main__":
    unittest.main()
