"""An environment that is reached by a link, as in a linked home: what its packages open is no input, by whichever path."""

import json
import os
import subprocess
import types
import unittest

from nightlog_runner.inputs import Inputs as Recorder

from .support import PYTHON, JobRun, new_folder, notebook


def link_to(target):
    link = os.path.join(new_folder("links"), "environment")
    os.symlink(target, link)
    return link


class Seen(unittest.TestCase):
    """What is only seen to be open shows by its real path."""

    def setUp(self):
        self.real = os.path.realpath(new_folder("environment"))
        self.link = link_to(self.real)
        # A folder of packages that is a link itself.
        self.elsewhere = os.path.realpath(new_folder("packages"))
        os.makedirs(os.path.join(self.real, "lib/python3.11"))
        os.symlink(self.elsewhere, os.path.join(self.real, "lib/python3.11/site-packages"))
        folder = new_folder()
        job = types.SimpleNamespace(folder=folder, tree=folder + "/bundle", work_dir=folder + "/bundle", notebook=folder + "/n.ipynb", hash_up_to_bytes=1)
        self.recorder = Recorder(job, os.path.join(folder, "records"), folder + "/private", 0)

    def files_after(self, path):
        """What is listed when a Python from the link has run and this file was seen open."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("x")
        interpreter = ["1", self.link + "/bin/python", "3.11.0", "cpython", self.link, self.link, self.link + "/lib/python3.11/site-packages"]
        self.recorder._take(b"s", "/", "\n".join(interpreter))
        self.recorder.take_sample(path, False, False)
        found = self.recorder.finish(set(), True, None)
        return [file["path"] for file in found["files"]], found["complete"]

    def test_the_environments_files(self):
        for name in ("lib/python3.11/a.py", "share/a.csv", "etc/a.cfg", "conda-meta/a.json"):
            with self.subTest(name):
                self.assertEqual(self.files_after(os.path.join(self.real, name)), ([], True))

    def test_packages_that_lie_elsewhere(self):
        self.assertEqual(self.files_after(os.path.join(self.elsewhere, "numpy/version.py")), ([], True))

    def test_data_beside_it(self):
        path = os.path.join(self.real, "data/a.csv")
        self.assertEqual(self.files_after(path), ([path], False))


class Told(unittest.TestCase):
    """What Python tells of is told by the path that it was opened by."""

    def test_a_package_that_is_opened_by_either_path(self):
        script = "import sys, os; print(os.path.realpath(sys.prefix))"
        real = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        python = os.path.join(link_to(real), "bin", "python")
        jupyter = new_folder("jupyter")
        os.makedirs(os.path.join(jupyter, "kernels", "linked"))
        with open(os.path.join(jupyter, "kernels", "linked", "kernel.json"), "w") as file:
            argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            json.dump({"argv": argv, "display_name": "Linked", "language": "python"}, file)
        source = "import os, sys, ipykernel\npath = ipykernel.__file__\nprint(os.path.realpath(path) != path)"
        source += "\nfor each in (path, os.path.realpath(path)): open(each).read()"
        job = JobRun(notebook(source, kernel="linked"))
        job.environment["JUPYTER_PATH"] = jupyter
        job.run()
        self.assertEqual(job.text(0), "True\n", job.log())
        self.assertEqual((job.receipt()["inputs"]["files"], job.receipt()["inputs"]["complete"]), ([], True))
        self.assertNotIn(b"ipykernel/__init__.py", job.bytes(".runner/files"))


if __name__ == "__main__":
    unittest.main()
