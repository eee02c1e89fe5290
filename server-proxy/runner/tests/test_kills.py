"""The runner is killed at a hundred points: what had finished is kept, and a later attempt goes on from there.

NIGHTLOG_TEST_KILLS says how many; each has a seed, which a failure names.
"""

import itertools
import json
import os
import random
import shutil
import signal
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor

from .support import JobRun, notebook, processes_with

KILLS = int(os.environ.get("NIGHTLOG_TEST_KILLS", "100"))
CELLS = 8
# From a kernel that starts to the receipt, on a machine that does other things as well.
LONGEST_SECONDS = 1.2


def make_job(seed):
    cells = [f"print('cell {number}', flush=True)\nimport time; time.sleep(0.03)\n'result {number}'" for number in range(CELLS)]
    return JobRun(notebook(*cells), id=f"01jkill{seed:019d}")


def kill_at(job, chooser):
    """Kills the runner after a random time, or just after a random event, so that every step is met. False where it had ended before."""
    kind = chooser.choice(["time", "time", "event", "save"])
    job.start()
    if kind == "time":
        time.sleep(chooser.uniform(0.02, LONGEST_SECONDS))
    else:
        wanted = chooser.randrange(1, 3 + 3 * CELLS)
        deadline = time.monotonic() + 60
        while job.process.poll() is None and time.monotonic() < deadline:
            seen = job.events() if kind == "event" else [event for event in job.events() if event["kind"] == "saved"]
            if len(seen) >= wanted:
                break
        time.sleep(chooser.uniform(0, 0.01))
    job.process.send_signal(signal.SIGKILL)
    job.process.communicate()
    return job.process.returncode == -signal.SIGKILL


class Kills(unittest.TestCase):
    def check_after_kill(self, job):
        """Everything that lies there is whole, and a cell that is told to have ended is in the result."""
        events = job.events()
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        ended = [event["index"] for event in events if event["kind"] == "cell-ended"]
        if os.path.exists(job.path("result.ipynb")):
            result = job.result()
            for index in ended:
                outputs = result["cells"][index]["outputs"]
                self.assertEqual("".join(outputs[0]["text"]), f"cell {index}\n")
                self.assertEqual(outputs[1]["data"]["text/plain"], [f"'result {index}'"])
        else:
            self.assertEqual(ended, [])
        if os.path.exists(job.path("receipt.json")):
            self.assertEqual(job.receipt()["exit"]["reason"], "completed")
            self.assertEqual(events[-1]["kind"], "ended")

    def wait_until_gone(self, job):
        """The kernel sees that its parent is gone and ends."""
        deadline = time.monotonic() + 30
        while processes_with(f"NIGHTLOG_KERNEL_OF={job.fields['id']}"):
            self.assertLess(time.monotonic(), deadline, "the kernel outlived the runner")
            time.sleep(0.05)

    def check_again(self, job):
        """A second start ends the run, once, whatever the first one left."""
        finished = os.path.exists(job.path("receipt.json"))
        before = job.bytes("receipt.json") if finished else None
        job.run()
        self.assertEqual(job.status, 0, job.log())
        self.check_after_kill(job)
        self.assertEqual([cell["status"] for cell in job.receipt()["cells"]], ["ok"] * CELLS)
        if finished:
            self.assertEqual(job.bytes("receipt.json"), before)
        leftovers = [name for name in os.listdir(job.folder) if name.endswith(".writing")]
        self.assertEqual(leftovers, [])

    def kill_once(self, seed):
        """Whether the runner was killed with this seed, and what is wrong after it, or None."""
        chooser = random.Random(seed)
        job = make_job(seed)
        killed = False
        try:
            killed = kill_at(job, chooser)
            self.check_after_kill(job)
            # At once, while the old kernel may still be there, or later.
            if chooser.random() < 0.5:
                self.wait_until_gone(job)
            self.check_again(job)
            self.wait_until_gone(job)
        except Exception:
            return killed, f"seed {seed}: {traceback.format_exc()}\n{job.log()}"
        finally:
            shutil.rmtree(job.folder, ignore_errors=True)
        return killed, None

    def test_killed_at_many_points(self):
        seeds, kills, wrong = itertools.count(), 0, []
        with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
            # A runner that has ended before it could be killed counts as none.
            while kills < KILLS and not wrong:
                rounds = list(pool.map(self.kill_once, itertools.islice(seeds, KILLS - kills)))
                kills += sum(killed for killed, _ in rounds)
                wrong += [text for _, text in rounds if text]
        self.assertEqual(wrong, [], "\n\n".join(wrong))

    def test_a_large_notebook_loses_at_most_a_second(self):
        import base64

        image = base64.b64encode(os.urandom(200_000)).decode()
        outputs = [{"output_type": "display_data", "data": {"image/png": image}, "metadata": {}}]
        cells = [{"cell_type": "code", "id": f"image-{n}", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": ""} for n in range(100)]
        source = "import time\nbegun = time.time()\nfor i in range(600):\n    print(i, time.time(), flush=True); time.sleep(0.02)"
        cells.insert(50, {"cell_type": "code", "id": "go", "execution_count": None, "metadata": {}, "outputs": [], "source": source})
        job = JobRun(notebook(*cells), cells=["go"])
        job.start()
        job.wait_for_log("\n150 ")
        killed = time.time()
        job.process.send_signal(signal.SIGKILL)
        job.process.communicate()
        self.assertEqual(len(job.result()["cells"]), 101)
        self.recover(job)
        text = job.text(50)
        last = float(text.splitlines()[-1].split()[1])
        # One second between saves, and what the kernel held back when it flushed.
        self.assertLess(killed - last, 2.0, json.dumps(text[-100:]))
        self.assertEqual(job.result()["cells"][51]["outputs"][0]["data"]["image/png"], image)

    def test_what_is_saved_beside_a_large_output_is_small(self):
        # The large output is in the notebook itself by then: a cell that ended without changing is not written once more.
        large = "import base64, os\ndisplay({'image/png': base64.b64encode(os.urandom(15_000_000)).decode()}, raw=True)"
        source = "import time\nfor i in range(600):\n    print(i, flush=True); time.sleep(0.02)"
        job = JobRun(notebook(large, "2", source)).start()
        changes = job.path(".runner", "changes")
        job.wait_until(lambda: os.path.exists(changes) and b'"stream"' in job.bytes(changes), "what a cell prints beside the notebook")
        size = os.path.getsize(job.path(".runner", "changes"))
        job.process.send_signal(signal.SIGKILL)
        job.process.communicate()
        self.assertLess(size, 100_000)
        self.recover(job)
        self.assertEqual(job.outputs(1)[0]["data"]["text/plain"], ["2"])

    def recover(self, job):
        job.arguments = ["--recover"]
        job.run()
        job.arguments = []
        self.assertEqual(job.status, 0, job.complained)


if __name__ == "__main__":
    unittest.main()
