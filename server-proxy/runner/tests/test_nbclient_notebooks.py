"""On the notebooks that nbclient tests itself with, the cells give what nbclient gives. `npm test` fetches them; NIGHTLOG_TEST_NBCLIENT_NOTEBOOKS names their folder."""

import json
import os
import re
import unittest

from .support import JobRun
from .test_run_outputs import comparable, nbclient, widget_states

# A cell that never ends by itself: it is interrupted after so many seconds, by both.
INTERRUPTED_AFTER_SECONDS = {"Interrupt.ipynb": 5}
# Two that wait five seconds for each other's file. Each finds it there: that both run at once is not the question here.
PARALLEL = {"Parallel Execute A.ipynb": "B", "Parallel Execute B.ipynb": "A"}


def without_times(cells):
    """The cells, but for the moments that they print."""
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", json.dumps(cells)))


def streams_by_name(cells):
    """The cells with neighbouring streams put together by their names: which of the two a kernel sends first differs from run to run."""
    found = []
    for count, outputs in cells:
        ordered, texts = [], {}
        for output in [*outputs, None]:
            if output is not None and output["output_type"] == "stream":
                texts[output["name"]] = texts.get(output["name"], "") + output["text"]
                continue
            ordered += [{"name": name, "text": texts[name]} for name in sorted(texts)]
            texts = {}
            if output is not None:
                ordered.append(output)
        found.append((count, ordered))
    return found


class NbclientsNotebooks(unittest.TestCase):
    maxDiff = 4000

    def test_all_are_there(self):
        self.assertGreaterEqual(len(notebooks()), 20)

    def check(self, folder, name):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            content = json.load(file)
        limit = INTERRUPTED_AFTER_SECONDS.get(name)
        job = JobRun(content, cellTimeoutSeconds=limit)
        for other in os.listdir(folder):
            if not other.endswith(".ipynb") and os.path.isfile(os.path.join(folder, other)):
                with open(os.path.join(folder, other), "rb") as file:
                    job.put(other, file.read())
        if name in PARALLEL:
            other = PARALLEL[name]
            job.put(f"test_file_{other}.txt", f"Hello from {other}".encode())
        environment = {"NBEXECUTE_TEST_PARALLEL_TMPDIR": job.tree}
        job.environment = environment
        job.run()
        expected = nbclient(content, job.tree, **({} if limit is None else {"timeout": limit, "interrupt": True}), environment=environment)
        ours, theirs = (without_times(streams_by_name(comparable(cells))) for cells in (job.result()["cells"], expected["cells"]))
        self.assertEqual(ours, theirs)
        self.assertEqual(widget_states(job.result()), widget_states(expected))


def notebooks():
    folder = os.environ.get("NIGHTLOG_TEST_NBCLIENT_NOTEBOOKS")
    if folder is None:
        return []
    return [(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".ipynb")]


def add_test(folder, name):
    words = re.sub(r"\W+", "_", name[: -len(".ipynb")]).lower()
    setattr(NbclientsNotebooks, f"test_{words}", lambda self: self.check(folder, name))


for place in notebooks():
    add_test(*place)


if __name__ == "__main__":
    unittest.main()
