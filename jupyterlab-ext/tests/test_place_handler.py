"""Where notebooks lie, through the contents managers that people have."""

import os
import tempfile
import unittest
from types import SimpleNamespace

from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nightlog.place_handler import file_of, path_of


class PlaceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.real = os.path.realpath(folder.name)
        self.root = os.path.join(self.real, "root")
        self.notebook = os.path.join(self.root, "night", "ümläut (1).ipynb")
        os.makedirs(os.path.dirname(self.notebook))
        for file in (self.notebook, os.path.join(self.real, "outside.ipynb")):
            with open(file, "w") as stream:
                stream.write("{}")
        self.manager = AsyncLargeFileManager(root_dir=self.root)

    def test_a_file_is_found_and_leads_back_to_its_path(self):
        for manager in (self.manager, AsyncFileContentsManager(root_dir=self.root)):
            for path in ("night/ümläut (1).ipynb", "/night/ümläut (1).ipynb"):
                self.assertEqual(file_of(manager, path), self.notebook)
            self.assertEqual(path_of(manager, self.notebook), "night/ümläut (1).ipynb")

    def test_a_root_that_is_a_link_is_resolved(self):
        link = os.path.join(self.real, "link")
        os.symlink(self.root, link)
        manager = AsyncLargeFileManager(root_dir=link)
        self.assertEqual(file_of(manager, "night/ümläut (1).ipynb"), self.notebook)
        self.assertEqual(path_of(manager, self.notebook), "night/ümläut (1).ipynb")

    def test_what_is_not_there_is_no_file(self):
        for path in ("", "night", "gone.ipynb", "../outside.ipynb", "night/../../outside.ipynb", "nul\0.ipynb"):
            self.assertIsNone(file_of(self.manager, path), path)

    def test_a_file_outside_is_not_shown(self):
        for file in (os.path.join(self.real, "outside.ipynb"), os.path.join(self.root, "gone.ipynb"), "/"):
            self.assertIsNone(path_of(self.manager, file), file)

    def test_a_manager_without_files_has_none(self):
        self.assertIsNone(file_of(SimpleNamespace(), "a.ipynb"))
        self.assertIsNone(path_of(SimpleNamespace(), self.notebook))

    def test_of_several_managers_the_one_with_the_path_is_asked(self):
        hybrid = SimpleNamespace(managers={"": SimpleNamespace(), "disk": self.manager, "cloud": SimpleNamespace()})
        self.assertEqual(file_of(hybrid, "disk/night/ümläut (1).ipynb"), self.notebook)
        self.assertIsNone(file_of(hybrid, "cloud/night/ümläut (1).ipynb"))
        self.assertIsNone(file_of(hybrid, "night/ümläut (1).ipynb"))
        self.assertEqual(path_of(hybrid, self.notebook), "disk/night/ümläut (1).ipynb")


if __name__ == "__main__":
    unittest.main()
