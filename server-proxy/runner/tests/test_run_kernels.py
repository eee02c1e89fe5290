"""Which kernel it is, and kernels other than IPython's: outputs, ends and records by what can be known of them. bash_kernel and IRkernel stand for all."""

import hashlib
import json
import os
import unittest

from .support import PYTHON, JobRun, new_folder, notebook


class OwnKernel(unittest.TestCase):
    """A job that is to run in the very Python that runs the runner, as in an environment that was made anew."""

    def test_is_the_runners_python_whatever_jupyters_folders_name(self):
        folders = [new_folder("path"), os.path.join(new_folder("data"), "jupyter")]
        for folder in folders:
            for name in ("python3", "myproj"):
                spec = os.path.join(folder, "kernels", name)
                os.makedirs(spec)
                with open(os.path.join(spec, "kernel.json"), "w") as file:
                    argv = ["/bin/false", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                    json.dump({"argv": argv, "display_name": "The old one", "language": "python"}, file)
        for name in ("python3", "myproj", "only-in-another-account"):
            with self.subTest(name):
                job = JobRun(notebook("import sys; print(sys.executable)", kernel=name), kernelName=name, nativeKernel=True)
                job.environment.update(JUPYTER_PATH=folders[0], XDG_DATA_HOME=os.path.dirname(folders[1]))
                job.run()
                self.assertEqual(job.ended()["reason"], "completed", job.log())
                self.assertEqual(job.text(0).strip(), PYTHON)
                self.assertEqual(job.receipt()["environment"]["kernelspec"], {"name": "python3", "displayName": "Python 3 (ipykernel)"})


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
        # It is still open when the cell ends, where a sample is taken unless one was just before.
        job = self.job("exec 9< in.txt; sleep 0.2")
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


class R(unittest.TestCase):
    """IRkernel, as Debian packages it."""

    def run_cells(self, *cells, **fields):
        job = JobRun(notebook(*cells, kernel="ir"), **fields)
        job.put("in.txt", b"seen\n")
        return job.run()

    def test_outputs_and_files(self):
        job = self.run_cells("cat('hello\\n'); x <- 5; x + 1", "message('to stderr')", "cat(readLines('in.txt'), file='own.txt')", "x <- x + 2", "x")
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        self.assertEqual([job.text(0), job.text(1, "stderr").strip()], ["hello\n", "to stderr"])
        self.assertEqual([job.outputs(position)[-1]["data"]["text/plain"] for position in (0, 4)], [["[1] 6"], ["[1] 7"]])
        self.assertEqual(job.result()["metadata"]["language_info"]["name"], "R")
        self.assertEqual([file["path"] for file in job.receipt()["files"]], ["own.txt"])

    def test_an_error_and_what_to_do_about_it(self):
        job = self.run_cells("1", "stop('broken')", "cat('never')")
        exit_ = job.receipt()["exit"]
        self.assertEqual((exit_["reason"], exit_["cell"], job.statuses()), ("cell-error", "cell-1", ["ok", "error", "not-run"]))
        self.assertIn("broken", exit_["title"])
        self.assertEqual(job.outputs(1)[0]["output_type"], "error")

    def test_its_environment_and_inputs(self):
        job = self.run_cells("con <- file('in.txt', 'r'); Sys.sleep(0.2)", "close(con)")
        environment, inputs = job.receipt()["environment"], job.receipt()["inputs"]
        self.assertEqual(environment["interpreter"]["language"], "R")
        self.assertRegex(environment["interpreter"]["version"], r"^\d+\.\d+\.\d+$")
        packages = {package["name"]: package["version"] for package in environment["packages"]}
        self.assertEqual(packages["base"], environment["interpreter"]["version"])
        self.assertIn("IRkernel", packages)
        self.assertIs(environment["packagesComplete"], True)
        self.assertEqual((inputs["method"], inputs["complete"]), (["sampling"], False))
        self.assertEqual([(file["path"], file["sha256"]) for file in inputs["files"]], [("in.txt", hashlib.sha256(b"seen\n").hexdigest())])

    def test_a_cell_that_is_interrupted(self):
        job = self.run_cells("cat('begun\\n'); flush(stdout()); Sys.sleep(600)", cellTimeoutSeconds=3)
        self.assertEqual((job.ended()["reason"], job.statuses()), ("cell-timeout", ["interrupted"]))

    def test_a_cell_that_asks_for_input(self):
        job = self.run_cells("x <- readline('name? ')", "cat('never')")
        self.assertEqual(job.ended()["reason"], "input-requested")
        # The kernel refuses by an error, or it asks all the same and is interrupted then.
        self.assertIn(job.statuses(), (["error", "not-run"], ["interrupted", "not-run"]))


if __name__ == "__main__":
    unittest.main()
