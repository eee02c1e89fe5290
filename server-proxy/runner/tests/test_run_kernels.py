"""Kernels other than IPython's: outputs, ends and records by what can be known of them. bash_kernel stands for all."""

import hashlib
import json
import os
import unittest

from .support import PYTHON, JobRun, new_folder, notebook


class Bash(unittest.TestCase):
    def job(self, *cells, **fields):
        folder = new_folder("jupyter")
        spec = os.path.join(folder, "kernels", "bash")
        os.makedirs(spec)
        with open(os.path.join(spec, "kernel.json"), "w") as file:
            argv = [PYTHON, "-m", "bash_kernel", "-f", "{connection_file}"]
            json.dump({"argv": argv, "display_name": "Bash", "language": "bash", "env": {"PS1": "$"}}, file)
        job = JobRun(notebook(*cells, kernel="bash"), **fields)
        job.environment["JUPYTER_PATH"] = folder
        return job

    def test_outputs_and_the_notebooks_language(self):
        job = self.job("echo hello", "x=5; echo $((x+1))", "echo to stderr >&2").run()
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        self.assertEqual([job.text(0), job.text(1)], ["hello\n", "6\n"])
        self.assertEqual(job.result()["metadata"]["language_info"]["name"], "bash")
        self.assertEqual([event["language"] for event in job.events() if event["kind"] == "kernel-started"], ["bash"])

    def test_a_command_that_fails(self):
        job = self.job("false", "echo never").run()
        self.assertEqual(job.ended()["reason"], "cell-error")
        self.assertEqual(job.ended()["title"], "A cell failed (1). Its output shows more.")
        self.assertEqual(job.statuses(), ["error", "not-run"])

    def test_files_are_known_by_sampling_only(self):
        job = self.job("sleep 1.5 < in.txt")
        job.put("in.txt", b"seen")
        inputs = job.run().receipt()["inputs"]
        self.assertEqual((inputs["method"], inputs["complete"]), (["sampling"], False))
        self.assertEqual([(file["path"], file["sha256"]) for file in inputs["files"]], [("in.txt", hashlib.sha256(b"seen").hexdigest())])

    def test_packages_are_not_claimed(self):
        environment = self.job("true").run().receipt()["environment"]
        self.assertEqual((environment["interpreter"]["language"], environment["packages"], environment["packagesComplete"]), ("bash", [], False))

    def test_a_cell_that_is_interrupted(self):
        job = self.job("echo begun; sleep 600", cellTimeoutSeconds=2).run()
        self.assertEqual(job.ended()["reason"], "cell-timeout")
        self.assertEqual(job.statuses(), ["interrupted"])


if __name__ == "__main__":
    unittest.main()
