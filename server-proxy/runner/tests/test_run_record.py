"""What a run leaves on record: files read and written, environment, memory, hashes."""

import hashlib
import json
import os
import sqlite3
import subprocess
import tempfile
import types
import unittest

from nightlog_runner.inputs import Inputs as Recorder
from nightlog_runner.inputs import is_shared_object

from .support import PYTHON, JobRun, code, new_folder, notebook


def sha256(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


class Record(unittest.TestCase):
    def run_cells(self, *cells, prepare=lambda job: None, **fields):
        job = JobRun(notebook(*cells), **fields)
        prepare(job)
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log() + json.dumps(job.ended()))
        return job

    def inputs(self, job):
        return {file["path"]: file for file in job.receipt()["inputs"]["files"]}

    def written(self, job):
        return {file["path"]: file for file in job.receipt()["files"]}


class Inputs(Record):
    def test_a_file_that_python_opens(self):
        job = self.run_cells("open('data/in.txt').read()", prepare=lambda job: job.put("data/in.txt", b"hello"))
        found = self.inputs(job)
        self.assertEqual(list(found), ["data/in.txt"])
        self.assertEqual((found["data/in.txt"]["sizeBytes"], found["data/in.txt"]["sha256"]), (5, sha256("hello")))
        self.assertIsNone(found["data/in.txt"]["note"])
        self.assertEqual(job.receipt()["inputs"]["method"], ["audit", "sampling"])
        self.assertIs(job.receipt()["inputs"]["complete"], True)

    def test_a_local_module_although_it_was_compiled_before(self):
        job = JobRun(notebook("import local_module\nlocal_module.VALUE"))
        job.put("local_module.py", b"VALUE = 1\n")
        job.run()
        again = JobRun(notebook("import local_module\nlocal_module.VALUE"))
        again.put("local_module.py", b"VALUE = 1\n")
        subprocess.run([PYTHON, "-m", "compileall", "-q", again.tree], check=True, env={})
        again.run()
        for one in (job, again):
            self.assertEqual(self.inputs(one)["local_module.py"]["sha256"], sha256("VALUE = 1\n"))

    def test_a_file_elsewhere_by_its_whole_path(self):
        path = os.path.join(new_folder("elsewhere"), "in.bin")
        with open(path, "wb") as file:
            file.write(b"x" * 1000)
        job = self.run_cells(f"import os; os.read(os.open({path!r}, os.O_RDONLY), 10)")
        self.assertEqual(self.inputs(job)[path]["sha256"], sha256(b"x" * 1000))

    def test_a_file_too_large_to_be_hashed(self):
        job = self.run_cells("open('in.bin', 'rb').read()", prepare=lambda job: job.put("in.bin", b"x" * 2000), hashUpToBytes=1999)
        found = self.inputs(job)["in.bin"]
        self.assertEqual((found["sizeBytes"], found["sha256"], found["note"]), (2000, None, "not hashed: larger than the limit"))

    def test_a_file_that_changes_while_the_notebook_runs(self):
        sources = ["open('a.txt').read(); open('b.txt').read(); open('c.txt').read()", "open('b.txt', 'w').write('new')", "import os; os.remove('c.txt')"]

        def prepare(job):
            for name in "abc":
                job.put(f"{name}.txt", b"before")

        found = self.inputs(self.run_cells(*sources, prepare=prepare))
        self.assertEqual(found["a.txt"]["note"], None)
        self.assertIn("changed during the run", found["b.txt"]["note"])
        self.assertIn("deleted during the run", found["c.txt"]["note"])

    def test_a_file_opened_to_be_read_and_written(self):
        elsewhere = os.path.join(new_folder("elsewhere"), "f.txt")
        ways = {
            "a.txt": "f = open('a.txt', 'r+'); f.read(); f.close()",
            "b.txt": "f = open('b.txt', 'a+'); f.close()",
            "c.txt": "import os; os.close(os.open('c.txt', os.O_RDWR | os.O_CREAT))",
            "d.txt": "import mmap\nwith open('d.txt', 'r+b') as f: m = mmap.mmap(f.fileno(), 0); m[0]; m.close()",
            elsewhere: f"f = open({elsewhere!r}, 'r+'); f.close()",
            "changed.txt": "f = open('changed.txt', 'r+'); f.write('AFTER'); f.close()",
            "grown.txt": "f = open('grown.txt', 'a'); f.write('more'); f.close()",
        }
        fresh = "f = open('new.txt', 'a+'); f.close(); f = open('new.txt', 'r+'); f.close(); f = open('emptied.txt', 'w+'); f.close()"

        def prepare(job):
            for name in [*ways, "emptied.txt"]:
                job.put(name, b"before")

        job = self.run_cells(*ways.values(), fresh, prepare=prepare)
        found = self.inputs(job)
        self.assertEqual(set(found), set(ways))
        for name in ways:
            with self.subTest(name):
                self.assertEqual(found[name]["sizeBytes"], 6)
                if name in ("changed.txt", "grown.txt"):
                    self.assertIn("changed during the run", found[name]["note"])
                else:
                    self.assertEqual((found[name]["sha256"], found[name]["note"]), (sha256("before"), None))
        self.assertIs(job.receipt()["inputs"]["complete"], True)
        self.assertEqual(set(self.written(job)), {"changed.txt", "grown.txt", "new.txt", "emptied.txt"})
        self.assertEqual(job.receipt()["filesElsewhere"], [])

    def test_a_file_elsewhere_that_is_written_and_dated_back(self):
        path = os.path.join(new_folder("elsewhere"), "state.txt")
        with open(path, "w") as file:
            file.write("1")
        job = self.run_cells(f"import os\ntimes = os.stat({path!r})\nf = open({path!r}, 'r+'); f.write('2'); f.close()\nos.utime({path!r}, ns=(times.st_atime_ns, times.st_mtime_ns))")
        self.assertEqual([(file["path"], file["sha256"]) for file in job.receipt()["filesElsewhere"]], [(path, sha256("2"))])

    def test_a_file_elsewhere_that_is_read_and_then_written(self):
        path = os.path.join(new_folder("elsewhere"), "state.txt")
        with open(path, "w") as file:
            file.write("1")
        job = self.run_cells(f"n = int(open({path!r}).read())", f"f = open({path!r}, 'w'); f.write(str(n + 1)); f.close()")
        self.assertIn("changed during the run", self.inputs(job)[path]["note"])
        self.assertEqual([file["path"] for file in job.receipt()["filesElsewhere"]], [path])

    def test_what_the_notebook_wrote_itself_is_no_input(self):
        job = self.run_cells("open('own.txt', 'w').write('1'); open('own.txt').read()", "import tempfile; t = tempfile.NamedTemporaryFile(); t.write(b'1')")
        self.assertEqual(self.inputs(job), {})

    def test_files_that_are_only_looked_for(self):
        job = self.run_cells("import os\nfor name in ('no.txt', '.'):\n    try: open(name)\n    except OSError: pass\nos.path.exists('there.txt')")
        self.assertEqual(self.inputs(job), {})

    def test_a_database(self):
        job = JobRun(notebook("import sqlite3\nc = sqlite3.connect('data.db'); print(c.execute('select 1').fetchall())"))
        with sqlite3.connect(job.in_tree("data.db")) as connection:
            connection.execute("create table t (x)")
        job.run()
        self.assertIn("data.db", self.inputs(job))

    def test_a_file_that_only_a_sample_can_see(self):
        # Opened as compiled code does, and still open when the cell ends, where a sample is taken unless one was just before.
        source = "import ctypes, time; ctypes.CDLL(None).open(b'in.txt', 0); time.sleep(0.2)"
        job = self.run_cells(source, prepare=lambda job: job.put("in.txt", b"seen"))
        self.assertEqual(self.inputs(job)["in.txt"]["sha256"], sha256("seen"))
        self.assertIs(job.receipt()["inputs"]["complete"], False)

    def test_what_a_quick_program_reads_is_not_known_and_that_is_said(self):
        for source in ("!cat in.txt", "%%bash\ncat in.txt", "import os; os.system('cat in.txt')", "import subprocess; subprocess.run(['cat', 'in.txt'], check=True)"):
            with self.subTest(source):
                job = self.run_cells("1", source, prepare=lambda job: job.put("in.txt"))
                self.assertIs(job.receipt()["inputs"]["complete"], False)

    def test_a_file_that_is_mapped(self):
        source = "import mmap, time\nwith open('in.bin', 'rb') as f: m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)\nm[0]"
        job = self.run_cells(source, prepare=lambda job: job.put("in.bin", b"x" * 8192))
        self.assertIn("in.bin", self.inputs(job))

    def test_a_python_below_the_kernel_tells_too(self):
        source = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\"in.txt\").read()'], check=True)"
        job = self.run_cells(source, prepare=lambda job: job.put("in.txt"))
        self.assertIn("in.txt", self.inputs(job))

    def test_names_of_every_kind(self):
        names = ["with space.txt", "line\nbreak.txt", "quote'\".txt", "ünï.txt", "-dash", "$(x).txt", "é" * 100 + ".txt"]
        job = self.run_cells(f"for name in {names!r}: open(name).read()", prepare=lambda job: [job.put(name) for name in names])
        self.assertEqual(set(self.inputs(job)), set(names))

    def test_a_name_that_is_not_utf_8(self):
        job = JobRun(notebook("open(b'\\xff.txt').read()"))
        with open(os.path.join(job.tree.encode(), b"\xff.txt"), "wb") as file:
            file.write(b"1")
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.ended())
        self.assertEqual(len(self.inputs(job)), 1)

    def recorder(self):
        folder = new_folder()
        job = types.SimpleNamespace(folder=folder, tree=folder + "/bundle", work_dir=folder + "/bundle", notebook=folder + "/bundle/n.ipynb", hash_up_to_bytes=1)
        return Recorder(job, os.path.join(folder, "records"), folder + "/private", 0)

    def check_told(self, path, listed, prefix="/opt/python"):
        """Whether a file that a cell of this Python opened is listed."""
        recorder = self.recorder()
        interpreter = "\n".join(["1", prefix + "/bin/python", "3.11.0", "cpython", prefix, prefix])
        with open(recorder.record_file, "wb") as file:
            file.write(b"".join(b"\0".join(map(os.fsencode, record)) + b"\0\n" for record in (("s", "/", interpreter), ("u", "/", ""), ("r", path, "5 0 33188 0"))))
        found = recorder.finish(set(), True, None)
        self.assertEqual(([file["path"] for file in found["files"]], found["complete"]), ([path] if listed else [], True))

    def test_folders_of_the_system_are_folders_and_not_beginnings_of_names(self):
        listed = "/libdata/a.csv /library/a.csv /lib.csv /usr/library/a.csv /usr/lib.csv /binned/a.csv /development/a.csv /runs/a.csv /etcetera/a.csv"
        out = "/lib/os-release /lib64/a.so.txt /usr/lib/locale/locale-archive /usr/lib64/a.txt /usr/libexec/a /usr/bin/a /proc/1/stat /sys/block /dev/null"
        for path in listed.split() + out.split():
            with self.subTest(path):
                self.check_told(path, path in listed.split())

    def test_data_below_folders_of_the_system(self):
        for path in "/dev/shm/a.csv /dev/shm/a/b.csv /run/media/me/disk/a.csv /run/user/1000/a.csv /run/mount/disk/a.csv".split():
            with self.subTest(path):
                self.check_told(path, True)

    def test_what_a_cell_opened_in_folders_of_the_system(self):
        listed = "/etc/hostname /etc/telescope.conf /usr/share/dict/words /usr/share/zoneinfos/a /var/cache/catalogue/stars.csv /run/telescope/now.csv"
        out = (
            "/etc/localtime /etc/ld.so.cache /etc/passwd /etc/nsswitch.conf /etc/resolv.conf /etc/hosts /etc/mime.types /etc/apache2/mime.types /etc/os-release "
            "/etc/ssl/certs/a.pem /etc/pki/tls/cert.pem /etc/fonts/fonts.conf /usr/share/fonts/a.ttf /usr/share/locale/de/LC_MESSAGES/a.mo "
            "/usr/share/zoneinfo/Europe/Vienna /usr/share/terminfo/x/xterm /usr/local/share/fonts/a.ttf /var/cache/fontconfig/a.cache-7"
        )
        for prefix in ("/opt/python", "/usr"):
            for path in listed.split() + out.split():
                with self.subTest(path, prefix=prefix):
                    self.check_told(path, path in listed.split(), prefix)
        for path, prefix, expected in [("/opt/python/share/a.csv", "/opt/python", False), ("/usr/local/share/a.csv", "/usr/local", True)]:
            with self.subTest(path):
                self.check_told(path, expected, prefix)

    def test_a_secret_that_was_read_makes_the_record_incomplete(self):
        for path in ("/run/secrets/token", "/var/run/secrets/kubernetes.io/serviceaccount/token"):
            with self.subTest(path):
                recorder = self.recorder()
                recorder._take(b"r", path, "5 0 33188 0")
                self.assertEqual((recorder.files, recorder.left_out), ({}, 1))

    def test_what_has_so_in_its_name_is_no_library_for_that(self):
        names = {"libz.so": True, "libz.so.1.2": True, "a.sorted.csv": False, "a.so.gz": False, "solar.csv": False}
        self.assertEqual({name: is_shared_object(name) for name in names}, names)

    def test_what_is_only_seen_in_folders_of_the_system_is_left_out(self):
        recorder = self.recorder()
        for folder in ("/etc", "/usr/share"):
            path = next(path for path in (os.path.join(top, name) for top, _, names in os.walk(folder) for name in names) if os.path.isfile(path))
            recorder.take_sample(path, False, False)
        found = recorder.finish(set(), False, None)
        self.assertEqual((found["files"], recorder.only_sampled), ([], False))

    def test_a_cell_reads_in_shared_memory_and_settings_of_the_machine(self):
        with tempfile.NamedTemporaryFile(dir="/dev/shm", suffix=".csv") as file:
            file.write(b"hello")
            file.flush()
            system = next(path for path in ("/etc/hostname", "/etc/fstab", "/etc/profile") if os.path.isfile(path))
            job = self.run_cells("1", f"open({file.name!r}).read(); open({system!r}).read(); open('/etc/passwd').read();")
            found = self.inputs(job)
        self.assertEqual(set(found), {file.name, system})
        self.assertEqual(found[file.name]["sha256"], sha256("hello"))
        self.assertIs(job.receipt()["inputs"]["complete"], True)

    def test_a_python_whose_modules_are_not_compiled_yet(self):
        job = JobRun(notebook("1", "open('in.txt').read();"))
        job.put("in.txt")
        job.environment["PYTHONPYCACHEPREFIX"] = new_folder("compiled")
        job.run()
        self.assertEqual((list(self.inputs(job)), job.receipt()["inputs"]["complete"]), (["in.txt"], True))

    def test_memory_that_the_cells_share_is_no_input(self):
        source = "import ctypes, time; from multiprocessing import Lock, shared_memory as s\nlock, m = Lock(), s.SharedMemory(create=True, size=1 << 20)"
        # Mapped and no longer open. There is a sample in each of these cells, and one in four looks at what is mapped.
        source += "\nctypes.CDLL(None).mmap(None, 1 << 20, 3, 1, m._fd, 0); m.close()"
        job = self.run_cells("1", source, *["time.sleep(0.2)"] * 5, "m.unlink()")
        self.assertEqual(self.inputs(job), {})

    def test_an_ordinary_notebook_lists_nothing_of_the_system(self):
        sources = [
            "import mimetypes, platform, socket, zoneinfo, locale, ssl, getpass\nimport matplotlib; matplotlib.use('agg')\n"
            "import matplotlib.pyplot as plt, numpy, pandas",
            "frame = pandas.DataFrame({'t': pandas.date_range('2020', periods=3, tz='Europe/Vienna'), 'x': [1, 2, 3]})\nframe.groupby('x').mean()",
            "plt.plot(frame.t, frame.x, label='ä'); plt.title('a $\\sigma$'); plt.legend(); plt.savefig('a.png'); plt.savefig('a.pdf')",
            "mimetypes.guess_type('a.csv'); zoneinfo.ZoneInfo('Europe/Vienna'); ssl.create_default_context(); platform.platform(); getpass.getuser();\n"
            "try: platform.freedesktop_os_release(); socket.gethostbyname('localhost')\nexcept OSError: pass",
        ]
        found = self.inputs(self.run_cells(*sources))
        self.assertEqual([path for path in found if path.startswith(("/etc/", "/usr/", "/lib", "/dev/", "/run/", "/var/", "/bin/"))], [])


class Files(Record):
    def test_what_is_new_changed_and_gone(self):
        sources = [
            "import os\nos.makedirs('out/deep', exist_ok=True)\nopen('out/deep/new.txt', 'w').write('new')\nopen('changed.txt', 'a').write('!')\nos.remove('gone.txt')"
        ]

        def prepare(job):
            for name in ("changed.txt", "gone.txt", "same.txt"):
                job.put(name, b"before")

        job = self.run_cells(*sources, prepare=prepare)
        found = self.written(job)
        self.assertEqual(set(found), {"out/deep/new.txt", "changed.txt"})
        self.assertEqual((found["changed.txt"]["sizeBytes"], found["changed.txt"]["sha256"]), (7, sha256("before!")))
        self.assertEqual(job.receipt()["filesDeleted"], ["gone.txt"])
        self.assertIs(job.receipt()["filesComplete"], True)

    def test_above_the_working_folder_and_elsewhere(self):
        path = os.path.join(new_folder("elsewhere"), "out.txt")
        job = JobRun(notebook(f"open('../above.txt', 'w').write('1'); open({path!r}, 'w').write('2')"), notebook="bundle/sub/notebook.ipynb", workDir="bundle/sub")
        os.makedirs(job.in_tree("sub"))
        os.rename(job.in_tree("notebook.ipynb"), job.in_tree("sub", "notebook.ipynb"))
        job.run()
        self.assertEqual(list(self.written(job)), ["../above.txt"])
        self.assertEqual([file["path"] for file in job.receipt()["filesElsewhere"]], [path])

    def test_what_is_no_file_of_the_notebook(self):
        job = self.run_cells("import local_module, os; os.mkfifo('pipe'); os.symlink('/etc/hosts', 'link')", prepare=lambda job: job.put("local_module.py", b""))
        self.assertEqual(self.written(job), {})

    def test_a_file_written_and_too_large_to_hash(self):
        job = self.run_cells("open('out.bin', 'wb').write(bytes(3000))", hashUpToBytes=2999)
        self.assertEqual(self.written(job)["out.bin"], {"path": "out.bin", "sizeBytes": 3000, "sha256": None})


class Environment(Record):
    def test_packages_are_those_that_importlib_sees(self):
        job = self.run_cells("print(1)")
        environment = job.receipt()["environment"]
        script = (
            "import importlib.metadata as m, json\n"
            "print(json.dumps({d.metadata['Name']: d.version for d in reversed(list(m.distributions()))}))"
        )
        expected = json.loads(subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=True).stdout)
        found = {package["name"]: package["version"] for package in environment["packages"]}
        self.assertEqual(found, expected)
        self.assertEqual({package["origin"] for package in environment["packages"] if package["name"] == "ipykernel"}, {"index"})
        self.assertIs(environment["packagesComplete"], True)
        names = [package["name"].lower().replace("_", "-").replace(".", "-") for package in environment["packages"]]
        self.assertEqual(names, sorted(names))

    def test_the_interpreter_and_the_machine(self):
        environment = self.run_cells("1").receipt()["environment"]
        version = subprocess.run([PYTHON, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"], capture_output=True, text=True, check=True)
        self.assertEqual(environment["interpreter"]["version"], version.stdout.strip())
        self.assertEqual((environment["interpreter"]["language"], environment["interpreter"]["implementation"]), ("python", "cpython"))
        self.assertEqual(environment["kernelspec"]["name"], "python3")
        self.assertEqual(environment["system"]["cpuCount"], os.cpu_count())
        self.assertIn("Linux", environment["system"]["kernel"])

    def test_the_same_environment_has_the_same_digest(self):
        first, second = self.run_cells("1"), self.run_cells("2")
        self.assertEqual(first.receipt()["environment"]["digest"], second.receipt()["environment"]["digest"])

    def test_only_variables_that_may_be_told(self):
        job = JobRun(notebook("1"), recordEnvironment=["OMP_NUM_THREADS", "NOT_SET"])
        job.environment.update(OMP_NUM_THREADS="3", MY_TOKEN="canary-in-a-variable")
        job.run()
        self.assertEqual(job.receipt()["environment"]["variables"], {"OMP_NUM_THREADS": "3"})
        for name in ("receipt.json", "events.ndjson", "log.txt", "result.ipynb"):
            self.assertNotIn(b"canary", job.bytes(name))

    def test_a_package_that_a_cell_installs(self):
        folder = new_folder("site")
        source = (
            "import os\n"
            f"os.makedirs({folder!r} + '/made_up-1.5.dist-info')\n"
            f"open({folder!r} + '/made_up-1.5.dist-info/METADATA', 'w').write('Metadata-Version: 2.1\\nName: made-up\\nVersion: 1.5\\n')"
        )
        job = JobRun(notebook(source))
        job.environment["PYTHONPATH"] = folder
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        job.environment = {**environment, **job.environment}
        job.run()
        packages = {package["name"]: package for package in job.receipt()["environment"]["packages"]}
        self.assertEqual(packages["made-up"], {"name": "made-up", "version": "1.5", "origin": None})


class Measures(Record):
    def test_memory_of_each_cell(self):
        sources = ["import time", "x = bytearray(200_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1\ndel x", "1"]
        cells = self.run_cells(*sources).receipt()["cells"]
        first, second, third = [cell["peakMemoryBytes"] for cell in cells]
        self.assertGreater(second, first + 150_000_000)
        self.assertLess(third, first + 50_000_000)

    def test_memory_of_processes_below_the_kernel(self):
        holds = "x = b'1' * 200_000_000; print(flush=True); import time; time.sleep(600)"
        source = f"import subprocess as s, sys, time; p = s.Popen([sys.executable, '-c', {holds!r}], stdout=s.PIPE); p.stdout.read(1); time.sleep(0.2)"
        cells = self.run_cells("1", source, "p.kill(); p.wait()").receipt()["cells"]
        self.assertGreater(cells[1]["peakMemoryBytes"], cells[0]["peakMemoryBytes"] + 150_000_000)

    def test_time(self):
        receipt = self.run_cells("import time; time.sleep(0.5)", "t = time.process_time()\nwhile time.process_time() < t + 0.5: pass").receipt()
        first, second = [cell["durationSeconds"] for cell in receipt["cells"]]
        self.assertGreaterEqual(first, 0.5)
        self.assertGreaterEqual(second, 0.5)
        self.assertGreater(receipt["resources"]["wallSeconds"], first + second)
        self.assertGreater(receipt["resources"]["cpuSeconds"], 0.5)
        self.assertRegex(receipt["cells"][0]["startedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_hashes_of_outputs(self):
        job = self.run_cells("print('one\\ntwo')", "'x'", "display({'text/plain': 'a', 'text/html': '<b>'}, raw=True)")
        cells = job.receipt()["cells"]
        stream = {"name": "stdout", "output_type": "stream", "text": "one\ntwo\n"}
        canonical = json.dumps(stream, sort_keys=True, separators=(",", ":"))
        self.assertEqual(cells[0]["outputs"], [{"type": "stream", "sha256": sha256(canonical), "textSha256": sha256("one\ntwo\n")}])
        result = json.dumps({"data": {"text/plain": "'x'"}, "metadata": {}, "output_type": "execute_result"}, sort_keys=True, separators=(",", ":"))
        self.assertEqual(cells[1]["outputs"], [{"type": "execute_result", "sha256": sha256(result), "textSha256": sha256("'x'")}])
        self.assertEqual(cells[2]["outputs"][0]["textSha256"], sha256("a"))
        self.assertEqual(cells[0]["sourceSha256"], sha256("print('one\\ntwo')"))

    def test_the_same_outputs_have_the_same_hashes(self):
        sources = ["print(1)", "'x'", code("1/0", "e", tags=["raises-exception"])]
        first, second = [self.run_cells(*sources).receipt()["cells"] for _ in range(2)]
        self.assertEqual([cell["outputs"] for cell in first[:2]], [cell["outputs"] for cell in second[:2]])


if __name__ == "__main__":
    unittest.main()
