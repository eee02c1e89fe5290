"""Which Node.js is taken."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from nightlog import find_node as module
from nightlog.find_node import NodeNotFound, find_node


class FindNodeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.bundle = self.folder / "app" / "nightlog.mjs"
        environment = {name: value for name, value in os.environ.items() if name != "NIGHTLOG_NODE"}
        environment["PATH"] = str(self.folder / "path")
        for change in (mock.patch.dict(os.environ, environment, clear=True), mock.patch.object(module, "node_of_wheel", lambda: None)):
            change.start()
            self.addCleanup(change.stop)

    def program(self, name: str, version: str) -> str:
        """A program that says this version as Node.js does."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho {version}\n")
        file.chmod(0o755)
        return str(file)

    def test_the_one_on_the_path_is_taken(self):
        program = self.program("path/node", "v22.19.0")
        self.assertEqual(find_node(self.bundle), program)

    def test_the_one_of_the_wheel_comes_first(self):
        self.program("path/node", "v24.0.0")
        wheel = self.program("wheel/node", "v24.19.0")
        with mock.patch.object(module, "node_of_wheel", lambda: wheel):
            self.assertEqual(find_node(self.bundle), wheel)

    def test_one_that_is_too_old_is_passed_over(self):
        wheel = self.program("wheel/node", "v22.18.9")
        newer = self.program("path/node", "v24.0.0")
        with mock.patch.object(module, "node_of_wheel", lambda: wheel):
            self.assertEqual(find_node(self.bundle), newer)

    def test_what_was_asked_for_comes_before_all(self):
        self.program("path/node", "v24.0.0")
        asked = self.program("asked", "v23.1.0")
        with mock.patch.dict(os.environ, {"NIGHTLOG_NODE": asked}):
            self.assertEqual(find_node(self.bundle), asked)

    def test_what_was_asked_for_and_cannot_be_used_is_said(self):
        self.program("path/node", "v24.0.0")
        for asked in (str(self.folder / "gone"), self.program("old", "v20.0.0"), self.program("other", "hello")):
            with self.subTest(asked), mock.patch.dict(os.environ, {"NIGHTLOG_NODE": asked}), self.assertRaisesRegex(NodeNotFound, "NIGHTLOG_NODE"):
                find_node(self.bundle)

    def test_none_is_said_with_what_to_do(self):
        with self.assertRaisesRegex(NodeNotFound, "22.19 or newer"):
            find_node(self.bundle)


if __name__ == "__main__":
    unittest.main()
