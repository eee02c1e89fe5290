"""The runner is killed at a hundred points: what had finished is kept, and a later attempt goes on from there.

NIGHTLOG_TEST_KILLS says how many; each has a seed, which a failure names.
"""

import itertools
import os
import random
import re
import shutil
import signal
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor

from nightlog_runner.changes_file import identity

from .support import LIMIT_SECONDS, JobRun, notebook, processes_with

KILLS = int(os.environ.get("NIGHTLOG_TEST_KILLS", "100"))
CELLS = 8
# From a kernel that starts to the receipt, on a machine that does other things as well.
LONGEST_SECONDS = 1.2


def make_job(seed):
    cells = [f"print('cell {number}', flush=True)\nimport time; time.sleep(0.03)\n'result {number}'" for number in range(CELLS)]
    return JobRun(notebook(*cells), id=f"01jkill{os.getpid():010d}{seed:09d}")


def kill_at(job, chooser):
    """Kills the runner after a random time, or just after a random event, so that every step is met. False where it had ended before."""
    kind = chooser.choice(["time", "time", "event", "save"])
    job.start()
    if kind == "time":
        time.sleep(chooser.uniform(0.02, LONGEST_SECONDS))
    else:
        wanted = chooser.randrange(1, 3 + 3 * CELLS)
        deadline = time.monotonic() + LIMIT_SECONDS
        while job.process.poll() is None and time.monotonic() < deadline:
            seen = job.events() if kind == "event" else [event for event in job.events() if event["kind"] == "saved"]
            if len(seen) >= wanted:
                break
        time.sleep(chooser.uniform(0, 0.01))
    job.process.send_signal(signal.SIGKILL)
    job.process.communicate()
    return job.process.returncode == -signal.SIGKILL


def last_line(data):
    """The number of the last line that the cell printed, in the bytes of a notebook or of what is beside it; -1 where there is none."""
    at = data.rfind(b"line ")
    found = re.findall(rb"line (\d+)", data[max(0, at - 100) : at + 100])
    return int(found[-1]) if found else -1


def saved_line(job, known):
    """The last line that would be recovered now. `known` holds what was read, as the notebook is large."""
    for path in (job.path("result.ipynb"), job.path(".runner", "changes")):
        try:
            state = identity(path)
            if path not in known or known[path][0] != state:
                known[path] = (state, last_line(job.bytes(path)))
        except FileNotFoundError:
            continue
    return max((line for _, line in known.values()), default=-1)


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
        deadline = time.monotonic() + 300
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
        source = "import time\nfor i in range(100_000):\n    print('line', i, flush=True); time.sleep(0.02)"
        cells.insert(50, {"cell_type": "code", "id": "go", "execution_count": None, "metadata": {}, "outputs": [], "source": source})
        job = JobRun(notebook(*cells), cells=["go"])
        job.start()
        job.wait_for_log("line 0\n")
        known, waited = {}, []
        for _ in range(4):
            printed = saved_line(job, known) + 1
            job.wait_for_log(f"line {printed}\n")
            begun = time.monotonic()
            job.wait_until(lambda printed=printed: saved_line(job, known) >= printed, f"line {printed} in what is saved")
            waited.append(time.monotonic() - begun)
        job.process.send_signal(signal.SIGKILL)
        job.process.communicate()
        # One second from a save to the next; where the machine stalls it does not do so each time. Before the first one there was none.
        self.assertLess(min(waited[1:]), 2.0, waited)
        self.assertEqual(len(job.result()["cells"]), 101)
        self.recover(job)
        self.assertGreaterEqual(last_line(job.text(50).encode()), printed)
        self.assertEqual(job.result()["cells"][51]["outputs"][0]["data"]["image/png"], image)

    def test_what_is_saved_beside_a_large_output_is_small(self):
        # So large that it is not written whole each second, however quick the machine. It is in the notebook itself by then: a cell that ended without
        # changing is not written once more.
        large = "import base64, os\ndisplay({'image/png': base64.b64encode(os.urandom(45_000_000)).decode()}, raw=True)"
        source = "import time\nfor i in range(100_000):\n    print(i, flush=True); time.sleep(0.02)"
        for cells in ((large, "2", source), ("print(end='')", "2", f"{large}\n{source}")):
            with self.subTest(cells[0]):
                self.check_size_beside(JobRun(notebook(*cells)).start())

    def check_size_beside(self, job):
        sizes = []

        def is_beside():
            try:
                data = job.bytes(os.path.join(".runner", "changes"))
            except FileNotFoundError:
                return False
            sizes.append(len(data))
            return b'"stream"' in data

        job.wait_until(is_beside, "what a cell prints beside the notebook")
        job.process.send_signal(signal.SIGKILL)
        job.process.communicate()
        self.assertLess(sizes[-1], 100_000)
        self.recover(job)
        self.assertEqual(job.outputs(1)[0]["data"]["text/plain"], ["2"])

    def recover(self, job):
        job.arguments = ["--recover"]
        job.run()
        job.arguments = []
        self.assertEqual(job.status, 0, job.complained)


if __name__ == "__main__":
    unittest.main()
