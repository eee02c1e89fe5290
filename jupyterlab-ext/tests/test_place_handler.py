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

    def test_of_several_drives_the_one_with_the_name_is_asked(self):
        drives = SimpleNamespace(_managers={"": AsyncFileContentsManager(root_dir=self.real), "2f": self.manager})
        self.assertEqual(file_of(drives, "night/ümläut (1).ipynb", "2f"), self.notebook)
        self.assertEqual(file_of(drives, "root/night/ümläut (1).ipynb"), self.notebook)
        self.assertIsNone(file_of(drives, "root/night/ümläut (1).ipynb", "2f"))
        self.assertIsNone(file_of(drives, "night/ümläut (1).ipynb", "gone"))
        only = SimpleNamespace(_managers={"2f": self.manager})
        self.assertEqual(path_of(only, self.notebook), "2f:night/ümläut (1).ipynb")
        self.assertIsNone(file_of(self.manager, "night/ümläut (1).ipynb", "cloud"))

    def test_a_manager_that_reads_from_elsewhere_has_no_files_here(self):
        class FromElsewhere(AsyncFileContentsManager):
            async def _read_notebook(self, *args, **kwargs):
                raise NotImplementedError

        elsewhere = FromElsewhere(root_dir=self.root)
        self.assertIsNone(file_of(elsewhere, "night/ümläut (1).ipynb"))
        self.assertIsNone(path_of(elsewhere, self.notebook))

    def test_a_manager_over_a_file_system_is_asked_where_its_files_lie(self):
        def over(protocol):
            return SimpleNamespace(_fs=SimpleNamespace(protocol=protocol), _normalize_path=lambda path: f"{self.root}/{path}")

        self.assertEqual(file_of(over(("file", "local")), "night/ümläut (1).ipynb"), self.notebook)
        self.assertEqual(path_of(over("file"), self.notebook), "night/ümläut (1).ipynb")
        self.assertIsNone(file_of(over("s3"), "night/ümläut (1).ipynb"))
        self.assertIsNone(file_of(over("file"), "../outside.ipynb"))
        system = SimpleNamespace(hassyspath=lambda path: "night" in path, getsyspath=lambda path: f"{self.root}/{path}")
        self.assertEqual(file_of(SimpleNamespace(_pyfilesystem_instance=system), "night/ümläut (1).ipynb"), self.notebook)
        self.assertIsNone(file_of(SimpleNamespace(_pyfilesystem_instance=system), "outside.ipynb"))


if __name__ == "__main__":
    unittest.main()
