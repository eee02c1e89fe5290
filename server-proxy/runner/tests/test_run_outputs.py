"""What the cells give is what nbclient gives for the same notebook; where nbclient drops something, the test says so."""

import json
import os
import re
import subprocess
import unittest

from .support import HERE, LIMIT_SECONDS, PYTHON, JobRun, code, new_folder, notebook, text_cell

IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def nbclient(content, folder, timeout=LIMIT_SECONDS, interrupt=False, environment=None):
    """The notebook as nbclient executes it; a cell that runs longer is interrupted, or ends it."""
    path = os.path.join(folder, "oracle.ipynb")
    with open(path, "w") as file:
        json.dump(content, file)
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [PYTHON, os.path.join(HERE, "oracle.py"), path, folder, str(timeout), "interrupt" if interrupt else "end"]
    done = subprocess.run(command, capture_output=True, text=True, env={**ours, **(environment or {})}, check=True)
    os.unlink(path)
    return json.loads(done.stdout)


def comparable(cells):
    """Cells without what differs from run to run; neighbouring texts of one stream are one, as nbclient puts them together only when asked."""
    found = []
    for cell in cells:
        outputs = []
        for output in cell.get("outputs", []):
            output = json.loads(re.sub(r"0x[0-9a-f]{6,}|ipykernel_\d+/\d+|[0-9a-f]{32}", "ID", json.dumps(output)))
            last = outputs[-1] if outputs else {}
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
                if last.get("output_type") == "stream" and last["name"] == output["name"]:
                    last["text"] += output["text"]
                    continue
            outputs.append(output)
        found.append((cell.get("execution_count"), outputs))
    return found


def widget_states(content):
    """What each widget holds, whatever its id."""
    saved = content["metadata"].get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {"state": {}})
    return sorted(re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f_-]+", "ID", json.dumps(state, sort_keys=True)) for state in saved["state"].values())


class SameAsNbclient(unittest.TestCase):
    maxDiff = 4000

    def check(self, *cells, **more):
        content = notebook(*cells, **more)
        job = JobRun(content).run()
        # Where a package is missing both say so, and nothing was compared.
        names = [output["ename"] for cell in job.result()["cells"] for output in cell.get("outputs", []) if output["output_type"] == "error"]
        self.assertEqual([name for name in names if name in ("ImportError", "ModuleNotFoundError")], [])
        expected = nbclient(content, job.tree)
        self.assertEqual(comparable(job.result()["cells"]), comparable(expected["cells"]))
        self.assertEqual(widget_states(job.result()), widget_states(expected))
        self.assert_valid(job)
        return job

    def assert_valid(self, job):
        check = "import sys, nbformat; nbformat.validate(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT))"
        done = subprocess.run([PYTHON, "-c", check, job.path("result.ipynb")], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_streams_results_and_errors(self):
        self.check(
            "print('out', flush=True); import sys; print('err', file=sys.stderr, flush=True); print('out again')",
            "'a result'",
            "display('shown'); 1 + 1",
            "x = 3;",
            "{'a': [1, 2, {'b': None}]}",
            "1/0",
            "print('not run')",
        )

    def test_rich_outputs(self):
        self.check(
            f"from IPython.display import *\ndisplay(HTML('<b>x</b>\\n<i>y</i>'), Markdown('# a\\n\\nb'), Latex('$x$'), JSON({{'a': 1}}))",
            f"import base64; Image(base64.b64decode('{IMAGE}'))",
            "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"1\"/></svg>')",
            "display({'text/plain': 'a\\nb', 'application/vnd.made.up+json': {'x': ['1', '2']}}, raw=True, metadata={'m': 1})",
            "Javascript('1 + 1')",
        )

    def test_clear_output(self):
        self.check(
            "from IPython.display import clear_output\nprint('gone'); clear_output(); print('kept')",
            "for i in range(5):\n    clear_output(wait=True)\n    print(i)",
            "print('stays'); clear_output(wait=True)",
            "print('a'); clear_output(wait=True); clear_output(); print('b')",
            "print('gone'); clear_output()",
            "display('x'); clear_output(wait=True); display('y')",
        )

    def test_updated_displays(self):
        self.check(
            "h = display('first', display_id='one')",
            "h.update('second')",
            "h2 = display('third', display_id='one'); display('other', display_id='two')",
            "from IPython.display import update_display, clear_output\nupdate_display('fourth', display_id='one'); update_display('x', display_id='nowhere')",
            "h3 = display('a', display_id='three'); clear_output(); h4 = display('b', display_id='three'); h3.update('c')",
            "display('d', display_id='five'); clear_output(wait=True); print('e'); update_display('f', display_id='five')",
        )

    def test_tags(self):
        self.check(
            code("1/0", "a", tags=["raises-exception"]),
            code("print('ran after an error that was expected')", "b"),
            code("print('not run')", "c", tags=["skip-execution"], outputs=[{"output_type": "stream", "name": "stdout", "text": "as it was\n"}]),
            code("raise KeyboardInterrupt", "d", tags=["raises-exception"]),
            code("import sys; sys.exit(1)", "e", tags=["raises-exception"]),
            "print('end')",
        )

    def test_cells_that_do_not_run(self):
        self.check(
            text_cell("markdown", "# Title", "m"),
            text_cell("raw", "raw", "r"),
            code("", "empty"),
            code("  \n\t", "blank"),
            code("# only a comment", "comment"),
            "_",
        )

    def test_text_of_every_kind(self):
        self.check(
            "print('ünïcödé 日本語 🚀 \\x1b[31mred\\x1b[0m')",
            "print('tab\\tquote\" back\\\\slash \\x00 nul \\u2028 line')",
            "'no end', 'a\\nb'",
            "import sys; sys.stdout.write('no newline')",
        )

    def test_magics_and_shell(self):
        variable = ("%env NIGHTLOG_TEST=1", "import os; os.environ['NIGHTLOG_TEST']")
        self.check("!echo from the shell", "%%bash\necho in bash", "%%bash\necho twice >&2", *variable, "%pwd")

    def test_old_formats(self):
        for minor in (0, 2, 4):
            with self.subTest(minor):
                self.check("print(1)", "2", minor=minor)

    def test_widgets(self):
        job = self.check(
            "import ipywidgets as w\ns = w.IntSlider(value=3, description='s'); s",
            "s.value = 7",
            "import numpy\nw.Image(value=b'\\x00\\x01binary', format='png')",
            "o = w.Output(); o",
            "with o:\n    print('captured'); display('shown'); raise ValueError('inside')",
            "print('outside')",
            "p = w.Output(); display(p)\nwith p:\n    print('gone')\n    from IPython.display import clear_output\n    clear_output()",
        )
        states = widget_states(job.result())
        for model in ("IntSliderModel", "ImageModel", "OutputModel"):
            self.assertTrue(any(f'"{model}"' in state for state in states), model)

    def test_async_and_history(self):
        self.check("import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')", "get_ipython().history_manager.hist_file", "In[1:3], Out")

    def test_a_hundred_quick_cells(self):
        self.check(*[f"print({number}); {number}" for number in range(100)])

    def test_figures(self):
        self.check(
            "class Figure:\n    def _repr_png_(self): return b'\\x89PNG not really'\n    def _repr_html_(self): return '<p>'\n"
            "    def __repr__(self): return 'fig'\nFigure()"
        )


class BeyondNbclient(unittest.TestCase):
    """Where we keep what nbclient drops, or what is about our own additions."""

    def run_cells(self, *cells, **fields):
        job = JobRun(notebook(*cells), **fields).run()
        self.assertIn(job.ended()["reason"], ("completed", "cell-error"), job.log())
        return job

    def test_carriage_returns_overwrite(self):
        job = self.run_cells("import time\nfor i in range(5):\n    print(f'\\r{i}0 %', end='', flush=True); time.sleep(0.01)\nprint('\\ndone')", "print('ab\\bc')")
        self.assertEqual([job.text(0), job.text(1)], ["40 %\ndone\n", "ac\n"])

    def test_what_a_thread_prints_later_is_kept_in_its_cell(self):
        job = self.run_cells(
            "import threading\ngo = threading.Event()\ndef later():\n    go.wait(); print('late')\n"
            "thread = threading.Thread(target=later); thread.start(); print('soon')",
            "go.set(); thread.join(); print('joined')",
        )
        self.assertEqual("soon\nlate\njoined\n", job.text(0) + job.text(1))

    def test_100_mb_of_text(self):
        source = "for i in range(1000): print(('%06d ' % i) + 'x' * 99_992)"
        job = self.run_cells(source, "print('next')")
        text = job.text(0)
        self.assertLess(len(text), 10_100_000)
        self.assertTrue(text.startswith("000000 xxx"))
        self.assertTrue(text.endswith("x\n"))
        self.assertIn("000999 x", text)
        self.assertIn("Nightlog left out 90,000,000 characters here", text)
        self.assertEqual(job.log().count("\n0"), 999)
        self.assertGreater(os.path.getsize(job.path("log.txt")), 100_000_000)
        self.assertEqual(job.text(1), "next\n")

    def test_many_small_messages(self):
        source = "import sys\nfor i in range(3000):\n    print(i, flush=True); print(-i, file=sys.stderr, flush=True)"
        job = self.run_cells(source)
        self.assertEqual(job.text(0), "".join(f"{number}\n" for number in range(3000)))
        self.assertEqual(job.text(0, "stderr"), "".join(f"{-number}\n" for number in range(3000)))

    def test_only_the_cells_that_were_asked_for(self):
        old = [{"output_type": "stream", "name": "stdout", "text": ["old\n"]}]
        content = notebook(*[code(f"print({number})", f"c{number}", old) for number in range(4)])
        job = JobRun(content, cells=["c2", "c0"]).run()
        self.assertEqual([job.text(number) for number in range(4)], ["0\n", "old\n", "2\n", "old\n"])
        self.assertEqual([cell["id"] for cell in job.receipt()["cells"]], ["c0", "c2"])
        self.assertEqual([event["cell"] for event in job.events() if event["kind"] == "cell-started"], ["c0", "c2"])
        self.assertEqual(job.events()[0]["total"], 2)

    def test_cells_without_ids_are_named_by_place_and_source(self):
        content = notebook("print('a')", "print('b')", minor=4)
        job = JobRun(content, cells=["i1-a51b2d4c"])
        job.run()
        self.assertEqual(job.ended()["reason"], "runner-error")
        import hashlib

        name = "i1-" + hashlib.sha256(b"print('b')").hexdigest()[:8]
        job = JobRun(content, cells=[name]).run()
        self.assertEqual([job.text(0), job.text(1)], ["", "b\n"])

    def test_parameters_are_injected(self):
        cells = [code("x = 1", "p", tags=["parameters"]), code("print(x)", "use")]
        job = JobRun(notebook(*cells), injectedSource="# Parameters\nx = 5\n", injectedIndex=1, parameters={"x": 5}).run()
        result = job.result()
        self.assertEqual(result["cells"][1]["metadata"]["tags"], ["injected-parameters"])
        self.assertEqual("".join(result["cells"][1]["source"]), "# Parameters\nx = 5\n")
        self.assertEqual([job.text(2), len(result["cells"]), job.receipt()["parameters"]], ["5\n", 3, {"x": 5}])
        self.assertRegex(result["cells"][1]["id"], "^[a-zA-Z0-9-_]{1,64}$")
        SameAsNbclient.assert_valid(self, job)

    def test_parameters_replace_earlier_ones(self):
        cells = [code("x = 1", "p", tags=["injected-parameters", "mine"]), code("print(x)", "use")]
        job = JobRun(notebook(*cells), injectedSource="x = 6", injectedIndex=0, injectedReplaces=True, cells=["use"]).run()
        result = job.result()
        self.assertEqual([job.text(1), len(result["cells"]), result["cells"][0]["id"]], ["6\n", 2, "p"])
        self.assertEqual(result["cells"][0]["metadata"]["tags"], ["injected-parameters", "mine"])

    def test_what_is_not_known_is_kept(self):
        content = notebook("print(1)", text_cell("markdown", "x", "m"), made_up={"a": [1.10, 1e400, 12345678901234567890]})
        content["cells"][0]["metadata"]["mine"] = {"deep": ["ä", None]}
        content["cells"][0]["future"] = True
        content["future"] = {"z": 1}
        job = JobRun(content).run()
        result = job.result()
        self.assertEqual(result["cells"][0]["metadata"]["mine"], {"deep": ["ä", None]})
        self.assertIs(result["cells"][0]["future"], True)
        self.assertEqual(result["future"], {"z": 1})
        self.assertEqual(result["metadata"]["made_up"], content["metadata"]["made_up"])

    def test_messages_of_unknown_kinds_change_nothing(self):
        source = (
            "k = get_ipython().kernel\n"
            "for kind, content in [('made_up', {'a': 1}), ('stream', {}), ('display_data', {'data': 5}), ('status', {}), ('comm_msg', {'x': 1}),\n"
            "                      ('comm_open', {'comm_id': 'c', 'data': [], 'target_name': 3}), ('clear_output', {}), ('update_display_data', {'data': {}})]:\n"
            "    k.session.send(k.iopub_socket, kind, content, parent=k.get_parent())\n"
            "print('fine')"
        )
        job = self.run_cells(source)
        self.assertEqual(job.text(0), "fine\n")
        SameAsNbclient.assert_valid(self, job)

    def test_data_that_is_no_mime_bundle_is_made_valid(self):
        source = "display({'text/plain': ['a', 'b'], 'text/html': 5, 'application/json': [1], 'image/png': None}, raw=True)"
        job = self.run_cells(source)
        self.assertEqual(job.outputs(0)[0]["data"], {"text/plain": ["ab"], "application/json": [1]})
        SameAsNbclient.assert_valid(self, job)

    def test_what_is_nested_too_deeply_is_left_out_and_the_run_goes_on(self):
        deep = "x = []\nfor _ in range(600): x = [x]\n"
        job = self.run_cells(
            deep + "display({'application/json': x, 'text/plain': 'kept'}, raw=True, metadata={'m': x})",
            "import ipywidgets as w\ns = w.IntSlider(description='kept'); s\ns.comm.send({'method': 'update', 'state': {'mine': x}, 'buffer_paths': []})",
            "print('next')",
        )
        self.assertEqual(job.statuses(), ["ok"] * 3, job.log())
        shown = job.outputs(0)[0]
        self.assertEqual(shown["data"]["text/plain"], ["kept"])
        for value in (shown["data"]["application/json"], shown["metadata"]["m"], widget_states(job.result())):
            self.assertIn("nested deeper than 200 levels", json.dumps(value))
        self.assertEqual(job.text(2), "next\n")
        SameAsNbclient.assert_valid(self, job)

    def test_an_output_widget_that_was_given_text_in_lines(self):
        given = "({'output_type': 'stream', 'name': 'stdout', 'text': ['a\\n', 'b']},)"
        job = self.run_cells(f"import ipywidgets as w\no = w.Output(); o.outputs = {given}\nwith o: print('c')", "[output['text'] for output in o.outputs]")
        self.assertEqual(job.outputs(1)[0]["data"]["text/plain"], ["['a\\nbc\\n']"])

    def test_a_message_that_cannot_be_handled_is_passed_over(self):
        source = (
            "k = get_ipython().kernel\n"
            "state = {'_model_module': '@jupyter-widgets/output', '_model_name': 'OutputModel'}\n"
            "for kind, data in [('comm_open', {'state': state}), ('comm_msg', {'state': {'msg_id': ['no', 'id']}})]:\n"
            "    content = {'comm_id': 'c', 'target_name': 'jupyter.widget', 'data': data}\n"
            "    k.session.send(k.iopub_socket, kind, content, parent=k.get_parent())\n"
            "print('fine')"
        )
        job = self.run_cells(source, "print('next')")
        self.assertEqual([job.text(0), job.text(1)], ["fine\n", "next\n"])
        self.assertIn("A message of the kernel (comm_msg) could not be taken in: TypeError", job.log())

    def test_half_a_surrogate_pair(self):
        job = self.run_cells("print('\\ud83d')", "'\\udc00'")
        self.assertIn(job.ended()["reason"], ("completed", "cell-error"))
        SameAsNbclient.assert_valid(self, job)

    def test_times_are_kept_where_the_editor_keeps_them(self):
        cells = [code("1", "a", metadata={"execution": {"iopub.status.busy": "2020-01-01T00:00:00Z"}}), code("2", "b")]
        job = JobRun(notebook(*cells)).run()
        times = job.result()["cells"][0]["metadata"]["execution"]
        self.assertIn("shell.execute_reply", times)
        self.assertNotIn("2020", json.dumps(times))
        self.assertEqual(job.result()["cells"][1]["metadata"], {})

    def test_the_kernel_is_as_without_us(self):
        source = (
            "import sys, os\n"
            "print('sitecustomize' in sys.modules, [p for p in sys.path if 'nightlog' in p or '/hook' in p])\n"
            "print(sorted(name for name in globals() if 'nightlog' in name.lower()))\n"
            "import gc; print(gc.isenabled(), gc.get_threshold())"
        )
        content = notebook(source)
        job = JobRun(content).run()
        self.assertEqual(comparable(job.result()["cells"]), comparable(nbclient(content, job.tree)["cells"]))

    def check_begin_is_seen(self, environment):
        """That the first cell is seen to begin: garbage is collected again, and only what was opened since then is an input."""
        job = JobRun(notebook("import gc; print(gc.isenabled(), gc.get_freeze_count() > 0)\nopen('in.txt').read();"))
        job.put("in.txt")
        job.environment.update(environment)
        job.run()
        self.assertEqual(job.text(0), "True True\n", job.log())
        self.assertEqual([file["path"] for file in job.receipt()["inputs"]["files"]], ["in.txt"])

    def test_the_first_cell_is_seen_to_begin_whatever_it_is_called(self):
        # ipykernel 5 has names like the second; the third is chosen by the person.
        for name in ("", "<ipython-input-1-0123456789ab>", "my cell"):
            with self.subTest(name):
                self.check_begin_is_seen({"IPYKERNEL_CELL_NAME": name} if name else {})

    def test_the_first_cell_is_seen_to_begin_under_a_name_that_nobody_told(self):
        folder = new_folder("ipython")
        os.makedirs(os.path.join(folder, "profile_default", "startup"))
        with open(os.path.join(folder, "profile_default", "startup", "names.py"), "w") as file:
            file.write("get_ipython().compile.get_code_name = lambda *arguments: 'made up'\n")
        job = JobRun(notebook("import gc, sys; print(gc.isenabled(), sys._getframe().f_code.co_filename)"))
        job.environment["IPYTHONDIR"] = folder
        job.run()
        self.assertEqual(job.text(0), "True made up\n", job.log())

    def test_exit_handlers_run(self):
        source = "import atexit\natexit.register(lambda: open('at-exit.txt', 'w').write('done'))\nkept = open('never-closed.txt', 'w'); _ = kept.write('flushed')"
        job = self.run_cells(source)
        files = {file["path"]: file["sizeBytes"] for file in job.receipt()["files"]}
        self.assertEqual(files, {"at-exit.txt": 4, "never-closed.txt": 7})


if __name__ == "__main__":
    unittest.main()
