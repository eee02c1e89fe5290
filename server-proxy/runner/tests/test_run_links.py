"""A job that reaches the notebook's folder by links: what it reads goes through, what it writes stays with it."""

import json
import os
import sqlite3
import unittest

from .support import JobRun, new_folder, notebook
from .test_run_record import Record, sha256


class Links(Record):
    """The notebook's folder is reached by links, and never written to."""

    def make(self, *cells, **fields):
        self.home = new_folder("home")
        for name in ("data.txt", "folder/in.txt", "other.txt"):
            os.makedirs(os.path.dirname(os.path.join(self.home, name)), exist_ok=True)
            with open(os.path.join(self.home, name), "w") as file:
                file.write("at home\n")
        job = JobRun(notebook(*cells), linkedFrom=self.home, project=self.home, **fields)
        for name in ("data.txt", "folder", "other.txt"):
            os.symlink(os.path.join(self.home, name), job.in_tree(name))
        return job

    def state(self):
        found = {}
        for folder, _, names in os.walk(self.home):
            for name in names:
                path = os.path.join(folder, name)
                with open(path) as file:
                    found[os.path.relpath(path, self.home)] = (file.read(), os.stat(path).st_mode, os.stat(path).st_mtime_ns)
            found[os.path.relpath(folder, self.home) + "/"] = sorted(names)
        return found

    def check(self, source, text, refused=(), private=()):
        """Runs it; it prints this, the folder at home is as it was, and the receipt says what was refused or copied."""
        job = self.make(source)
        before = self.state()
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log() + json.dumps(job.ended()))
        self.assertEqual(job.text(0), text)
        self.assertEqual(self.state(), before)
        receipt = job.receipt()
        self.assertEqual(receipt["linksMadePrivate"], list(private))
        self.assertEqual(len(receipt["writesRefused"]), len(refused), receipt["writesRefused"])
        return job

    def test_reading_goes_through_and_is_an_input(self):
        job = self.check("print(open('data.txt').read() + open('folder/in.txt').read(), end='')", "at home\nat home\n")
        found = self.inputs(job)
        self.assertEqual(set(found), {"data.txt", "folder/in.txt"})
        self.assertEqual(found["data.txt"]["target"], os.path.join(self.home, "data.txt"))
        self.assertEqual(found["data.txt"]["sha256"], sha256("at home\n"))

    def test_writing_makes_the_file_the_jobs_own(self):
        rows = [
            ("open('data.txt', 'w').write('mine')", "mine"),
            ("open('data.txt', 'a').write('mine')", "at home\nmine"),
            ("f = open('data.txt', 'r+'); _ = f.write('MINE'); f.close()", "MINEome\n"),
            ("f = open('data.txt', 'w+b'); _ = f.write(b'mine'); f.close()", "mine"),
            ("import os; d = os.open('data.txt', os.O_WRONLY); _ = os.write(d, b'MINE'); os.close(d)", "MINEome\n"),
            ("import os; os.truncate('data.txt', 2)", "at"),
            ("import pathlib; pathlib.Path('data.txt').write_text('mine')", "mine"),
            ("import os; os.chmod('data.txt', 0o600); os.utime('data.txt', (1, 1))", "at home\n"),
            ("import shutil; shutil.copyfile('other.txt', 'data.txt')", "at home\n"),
            ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'open(\"data.txt\", \"w\").write(\"mine\")'], check=True)", "mine"),
        ]
        for source, text in rows:
            with self.subTest(source):
                job = self.check(f"_ = None\n{source};\nprint(open('data.txt').read(), end='')", text, private=["data.txt"])
                self.assertFalse(os.path.islink(job.in_tree("data.txt")))
                self.assertIn("data.txt", self.written(job))

    def test_a_copy_that_was_only_read_is_an_input_and_was_not_written(self):
        job = self.check("f = open('data.txt', 'r+'); print(f.read(), end=''); f.close()", "at home\n", private=["data.txt"])
        found = self.inputs(job)
        self.assertEqual((found["data.txt"]["sha256"], found["data.txt"]["note"]), (sha256("at home\n"), None))
        self.assertEqual(found["data.txt"]["target"], os.path.join(self.home, "data.txt"))
        self.assertEqual(self.written(job), {})

    def test_a_copy_that_was_written_and_dated_back_was_written(self):
        source = "import os\ntimes = os.stat('data.txt')\nf = open('data.txt', 'r+'); _ = f.write('AT HOME'); f.close()"
        source += "\nos.utime('data.txt', ns=(times.st_atime_ns, times.st_mtime_ns))\nprint(open('data.txt').read(), end='')"
        job = self.check(source, "AT HOME\n", private=["data.txt"])
        self.assertEqual(self.written(job)["data.txt"]["sha256"], sha256("AT HOME\n"))

    def test_the_link_itself_is_the_jobs(self):
        rows = [
            ("import os; os.remove('data.txt'); print(os.path.lexists('data.txt'))", "False\n"),
            ("import os; os.rename('data.txt', 'new.txt'); print(open('new.txt').read(), end='')", "at home\n"),
            ("open('tmp', 'w').write('x')\nimport os; os.replace('tmp', 'data.txt'); print(open('data.txt').read())", "x\n"),
        ]
        for source, text in rows:
            with self.subTest(source):
                self.check(source.replace("open('tmp', 'w').write('x')", "_ = open('tmp', 'w').write('x')"), text)

    def test_a_database_is_copied_before_it_may_be_written_to(self):
        job = self.make("import sqlite3\nwith sqlite3.connect('data.db') as c: c.execute('insert into t values (2)')\nprint(c.execute('select * from t').fetchall())")
        path = os.path.join(self.home, "data.db")
        with sqlite3.connect(path) as connection:
            connection.execute("create table t (x)")
            connection.execute("insert into t values (1)")
        os.symlink(path, job.in_tree("data.db"))
        with open(path, "rb") as file:
            before = file.read()
        job.run()
        self.assertEqual(job.text(0), "[(1,), (2,)]\n", job.log())
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_what_is_reached_through_a_linked_folder_is_refused(self):
        rows = [
            "open('folder/new.txt', 'w')",
            "open('folder/in.txt', 'a')",
            "import os; os.remove('folder/in.txt')",
            "import os; os.rename('folder/in.txt', 'mine.txt')",
            "import os; os.rename('other.txt', 'folder/other.txt')",
            "import os; os.mkdir('folder/sub')",
            "import os; os.symlink('x', 'folder/link')",
            "import os; os.truncate('folder/in.txt', 0)",
            "import os; os.chmod('folder/in.txt', 0)",
            "import pathlib; pathlib.Path('folder/in.txt').unlink()",
            "import os; os.remove('in.txt', dir_fd=os.open('folder', os.O_RDONLY))",
            "import shutil; shutil.rmtree('folder/', ignore_errors=False)",
            "import os; os.chdir('folder'); open('here.txt', 'w')",
            "import os; open(os.path.realpath('folder') + '/by-its-path.txt', 'w')",
        ]
        for source in rows:
            with self.subTest(source):
                self.check(f"try:\n    {source}\nexcept OSError as error:\n    print(type(error).__name__)", "PermissionError\n", refused=[1])

    def test_the_refusal_says_what_to_do(self):
        job = self.make("open('folder/new.txt', 'w')").run()
        exit_ = job.receipt()["exit"]
        self.assertEqual(exit_["reason"], "cell-error")
        self.assertIn("A job does not write into the notebook's own folder", exit_["title"])

    def test_a_link_that_leads_nowhere(self):
        job = self.make("open('nowhere.txt', 'w').write('x'); open('nowhere.txt').read()")
        os.symlink(os.path.join(self.home, "not-there.txt"), job.in_tree("nowhere.txt"))
        before = self.state()
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        self.assertEqual(self.state(), before)

    def test_places_that_are_nobodys_business(self):
        elsewhere = new_folder("elsewhere")
        source = f"import tempfile, os\nopen({elsewhere!r} + '/x', 'w').write('1'); tempfile.mkdtemp(); os.makedirs('a/b'); open('a/b/c', 'w').write('1')\nprint('ok')"
        job = self.check(source, "ok\n")
        self.assertIn("a/b/c", self.written(job))

    def test_many_names_and_large_files(self):
        job = self.make("f = open('big.bin', 'r+b'); f.seek(0, 2); f.write(b'end'); f.close()")
        path = os.path.join(self.home, "big.bin")
        with open(path, "wb") as file:
            file.write(os.urandom(5_000_000))
        os.symlink(path, job.in_tree("big.bin"))
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        with open(path, "rb") as file, open(job.in_tree("big.bin"), "rb") as own:
            self.assertEqual(own.read(), file.read() + b"end")


if __name__ == "__main__":
    unittest.main()
