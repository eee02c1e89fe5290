"""A disk that fills up: how the run ended is said, and nothing good is replaced by half a file. Needs the right to mount a small tmpfs."""

import json
import os
import subprocess
import sys
import unittest

from .support import JobRun, code, new_folder, notebook


class FullDisk(unittest.TestCase):
    def on_small_disk(self, size, *cells, **fields):
        """A job whose folder lies on a disk of this size."""
        mount = new_folder("disk")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", mount], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=True)
        job = JobRun(notebook(*cells), **fields)
        moved = os.path.join(mount, "job")
        subprocess.run(["cp", "-a", job.folder, moved], check=True)
        job.folder, job.tree = moved, os.path.join(moved, "bundle")
        return job

    def check_ended(self, job, reason):
        exit_ = job.receipt()["exit"]
        self.assertEqual(exit_["reason"], reason, json.dumps(exit_) + job.log()[-2000:])
        self.assertEqual(job.ended()["reason"], reason)
        self.assertEqual(job.status, 1)
        result = job.result()
        self.assertEqual("".join(result["cells"][0]["outputs"][0]["text"]), "kept\n")
        self.assertEqual([name for name in os.listdir(job.folder) if name.endswith(".writing")], [])
        return exit_

    def test_the_outputs_do_not_fit(self):
        job = self.on_small_disk("3m", "print('kept')", "for i in range(60):\n    print('x' * 100_000)\nimport time; time.sleep(3)", "print('never')").run()
        exit_ = self.check_ended(job, "disk-full")
        self.assertIn("Free some space", exit_["title"])
        self.assertEqual(job.statuses()[2], "not-run")

    def test_the_notebook_fills_the_disk_itself(self):
        job = self.on_small_disk("3m", "print('kept')", "open('all.bin', 'wb').write(bytes(10_000_000))").run()
        exit_ = self.check_ended(job, "disk-full")
        self.assertEqual(exit_["cell"], "cell-1")
        self.assertIn("No space left", job.outputs(1)[0]["evalue"])

    def test_the_disk_is_full_while_a_cell_runs_and_then_is_not(self):
        source = (
            "import os, time\n"
            "try: open('all.bin', 'wb').write(bytes(10_000_000))\n"
            "except OSError: pass\n"
            "os.remove('all.bin'); print('freed')"
        )
        job = self.on_small_disk("3m", "print('kept')", source).run()
        self.assertIn(job.receipt()["exit"]["reason"], ("completed", "disk-full"))
        self.assertEqual(job.text(0), "kept\n")

    def fill(self, job):
        with open(os.path.join(job.folder, "filler"), "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass

    def test_not_even_that_the_disk_is_full_can_be_written(self):
        # As a backend starts it: what it says goes to the log, on the same disk.
        for prepared in ((), (".runner",), (".runner", "log.txt"), (".runner", "log.txt", "events.ndjson")):
            job = self.on_small_disk("2m", "print('kept')")
            for name in prepared:
                os.mkdir(job.path(name)) if name == ".runner" else open(job.path(name), "wb").close()
            self.fill(job)
            with open(os.path.join(job.folder, "said"), "ab") as said:
                command = [sys.executable, job.runner, job.folder]
                status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False).returncode
            self.assertEqual(status, 4, prepared)
            self.assertFalse(os.path.exists(job.path("receipt.json")))

    def test_no_file_can_be_made(self):
        job = self.on_small_disk("2m", "print('kept')")
        self.fill(job)
        job.run()
        self.assertEqual(job.status, 4)
        self.assertIn("No space left", job.complained + job.log() + json.dumps(job.events()))
        os.unlink(os.path.join(job.folder, "filler"))
        job.run()
        self.assertEqual(job.text(0), "kept\n")
        self.assertEqual(job.receipt()["exit"]["reason"], "completed")


if __name__ == "__main__":
    unittest.main()
