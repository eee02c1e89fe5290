"""The notebook's own folder is kept from a job: from every program that it starts, not from Python alone."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

from nightlog_runner.folder_guard import FolderGuard, NotGuarded
from nightlog_runner.guarded_places import Places, guarded_places
from nightlog_runner.guarding import read_only_words
from nightlog_runner.job import Job

from .other_user import NOBODY, as_nobody, python_folders
from .support import HERE, PYTHON, RUNNER, JobRun, new_folder, notebook, processes_with

READ_ONLY = "Read-only file system"
# Writes as compiled code does: no hook of Python's sees it.
C_WRITE = """
import ctypes
c = ctypes.CDLL(None, use_errno=True)
print(c.open(b'data.csv', 1), ctypes.get_errno())
print(c.open(b'folder/new.txt', 0o101, 0o644), ctypes.get_errno())
print(c.unlink(b'folder/in.txt'), ctypes.get_errno(), c.rename(b'folder/in.txt', b'mine'), ctypes.get_errno())
d = c.open(b'data.csv', 0)
c.mmap.restype = ctypes.c_void_p
print(c.mmap(None, 8, 3, 1, d, 0) == ctypes.c_void_p(-1).value, ctypes.get_errno())
"""


def tree_state(folder):
    found = {}
    for at, folders, names in os.walk(folder):
        found[at] = sorted(folders + names)
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[path] = (file.read(), os.lstat(path).st_mode, os.lstat(path).st_mtime_ns)
    return found


def printed(job, position):
    """What a cell printed; a terminal stands between a shell and IPython."""
    return job.text(position).replace("\r\n", "\n")


def can_be_guarded(*options):
    """Whether this machine gives such namespaces at all, asked another way than the runner asks."""
    return subprocess.run(["unshare", *options, "true"], check=False, capture_output=True).returncode == 0


class GuardedRun(JobRun):
    """A job whose tree links to a project, as the server lays it out. `without_rights` runs it as nobody, where the tests are root's."""

    def __init__(self, content, without_rights, home=None, **fields):
        self.without_rights = without_rights and os.geteuid() == 0
        self.home = home or new_folder("home")
        for name in ("data.csv", "folder/in.txt"):
            os.makedirs(os.path.dirname(os.path.join(self.home, name)), exist_ok=True)
            with open(os.path.join(self.home, name), "w") as file:
                file.write("at home\n")
        super().__init__(content, linkedFrom=self.home, project=self.home, **fields)
        for name in ("data.csv", "folder"):
            os.symlink(os.path.join(self.home, name), self.in_tree(name))
        self.before = tree_state(self.home)

    def start(self):
        if self.without_rights:
            self.give_away()
        return super().start()

    def give_away(self):
        home = new_folder("of-nobody")
        os.chmod(os.path.dirname(home), 0o755)
        self.environment.update(HOME=home, IPYTHONDIR=os.path.join(home, ".ipython"))
        for top in (home, self.folder, self.home, self.environment.get("JUPYTER_PATH")):
            for at, _, names in os.walk(top) if top else ():
                for path in [at, *(os.path.join(at, name) for name in names)]:
                    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        less = self.as_command
        self.as_command = lambda command: as_nobody(less(command), [*python_folders(PYTHON), RUNNER])


class Guard(unittest.TestCase):
    options = ("--mount",) if os.geteuid() == 0 else ("--mount", "--map-root-user")
    method = "mount-namespace" if os.geteuid() == 0 else "user-namespace"
    without_rights = False

    def job(self, *cells, kernel="python3", **fields):
        return GuardedRun(notebook(*cells, kernel=kernel), self.without_rights, **fields)

    def run_cells(self, *cells, **fields):
        return self.run_job(self.job(*cells, **fields))

    def run_job(self, job):
        job.run()
        self.assertTrue(os.path.exists(job.path("receipt.json")), job.log() + job.complained)
        self.check_guard(job)
        return job

    def check_guard(self, job):
        guard = job.receipt()["guard"]
        if can_be_guarded(*self.options):
            self.assertEqual((guard["method"], guard["folders"], guard["note"]), (self.method, [job.home], None))
            self.assertEqual(tree_state(job.home), job.before)
        else:
            self.assertIn("This machine does not let it be", guard["note"])
        return guard

    def test_a_shell_command(self):
        job = self.run_cells("!echo more >> data.csv; touch folder/new; rm folder/in.txt; echo own > own.txt; cat data.csv own.txt", "1")
        self.assertEqual(printed(job, 0).count(READ_ONLY), 3)
        self.assertTrue(printed(job, 0).endswith("at home\nown\n"), printed(job, 0))
        self.assertEqual(job.receipt()["guard"]["cellsRefused"], ["cell-0"])
        self.assertIn("relative path", job.log())
        self.assertEqual([file["path"] for file in job.receipt()["files"]], ["own.txt"])

    def test_compiled_code(self):
        job = self.run_cells(C_WRITE)
        self.assertEqual(printed(job, 0), "-1 30\n-1 30\n-1 30 -1 18\nTrue 13\n")

    def test_a_python_write_makes_a_private_copy_as_ever(self):
        job = self.run_cells("_ = open('data.csv', 'a').write('mine\\n')", "!cat data.csv", "!echo by shell >> data.csv; cat data.csv")
        self.assertEqual([printed(job, 1), printed(job, 2)], ["at home\nmine\n", "at home\nmine\nby shell\n"])
        self.assertEqual(job.receipt()["linksMadePrivate"], ["data.csv"])

    def test_another_kernel(self):
        folder = new_folder("jupyter")
        os.makedirs(os.path.join(folder, "kernels", "bash"))
        with open(os.path.join(folder, "kernels", "bash", "kernel.json"), "w") as file:
            argv = [PYTHON, "-m", "bash_kernel", "-f", "{connection_file}"]
            json.dump({"argv": argv, "display_name": "Bash", "language": "bash", "env": {"PS1": "$"}}, file)
        job = self.job("echo own > own.txt", "echo more >> data.csv", kernel="bash")
        job.environment["JUPYTER_PATH"] = folder
        self.run_job(job)
        exit_ = job.receipt()["exit"]
        self.assertEqual((exit_["reason"], exit_["cell"]), ("cell-error", "cell-1"))
        self.assertIn("A job cannot write into the notebook's own folder. Let it write into the folder that it runs in, by a relative path", exit_["title"])

    def test_an_error_says_what_to_do(self):
        job = self.run_cells("import os, ctypes\nif ctypes.CDLL(None).open(b'data.csv', 1) < 0: raise OSError(30, os.strerror(30), 'data.csv')")
        self.assertIn("`nightlog job ID` says where", job.receipt()["exit"]["title"])

    def test_the_jobs_folder_lies_below_the_project(self):
        home = new_folder("home")
        job = self.job("!echo own > own.txt; echo $PWD; cd ../..; touch here", "open('py.txt', 'w').close()", home=home)
        inside = os.path.join(home, ".state", "job")
        os.makedirs(os.path.dirname(inside))
        os.rename(job.folder, inside)
        job.folder, job.tree = inside, os.path.join(inside, "bundle")
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        self.assertIn(job.tree + "\n", printed(job, 0))
        if self.methods(job) == self.method:
            self.assertIn(READ_ONLY, printed(job, 0))
            self.assertEqual(sorted(os.listdir(home)), [".state", "data.csv", "folder"])
        self.assertEqual({file["path"] for file in job.receipt()["files"]}, {"own.txt", "py.txt"})

    def methods(self, job):
        return job.receipt()["guard"]["method"]

    def test_what_is_open_is_seen_from_outside(self):
        # It is still open when the cell ends, where a sample is taken unless one was just before.
        job = self.run_cells("import ctypes, time; ctypes.CDLL(None).open(b'folder/in.txt', 0); time.sleep(0.2)")
        files = {file["path"]: file for file in job.receipt()["inputs"]["files"]}
        self.assertEqual(list(files), [os.path.join(job.home, "folder/in.txt")])
        self.assertGreater(job.receipt()["cells"][0]["peakMemoryBytes"], 10_000_000)

    def test_nothing_of_it_is_seen_outside(self):
        job = self.job("print('begun', flush=True)\nimport time; time.sleep(600)").start()
        job.wait_for_log("begun")
        # Only the mounts that name this job: other programs mount and unmount theirs meanwhile.
        with open("/proc/self/mountinfo") as file:
            self.assertEqual([line for line in file if job.home in line or job.folder in line], [])
        with open(os.path.join(job.home, "folder", "while-it-runs"), "w"):
            pass
        job.cancel()
        job.wait()
        self.assertEqual(job.ended()["reason"], "cancelled")

    def test_a_cancel_reaches_what_left_group_session_and_parents(self):
        source = (
            "import subprocess\n"
            "subprocess.run(['sh', '-c', '(setsid sh -c \"sleep 600 & sleep 601\" &) ; sleep 0.2'])\n"
            "print('begun', flush=True)\nsubprocess.run(['sleep', '602'])"
        )
        job = self.job(source).start()
        job.wait_for_log("begun")
        job.process.send_signal(signal.SIGTERM)
        job.wait()
        self.assertEqual(job.ended()["reason"], "cancelled")
        self.assertEqual(processes_with(job.folder), [])

    def test_a_kernel_outlives_no_runner_that_is_killed(self):
        job = self.job("print('begun', flush=True)\nimport time; time.sleep(600)").start()
        job.wait_for_log("begun")
        job.process.send_signal(signal.SIGKILL)
        job.process.communicate()
        deadline = time.monotonic() + 300
        while processes_with(f"NIGHTLOG_KERNEL_OF={job.fields['id']}"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_a_kernel_that_cannot_be_started(self):
        folder = new_folder("jupyter")
        program = os.path.join(folder, "program")
        with open(program, "w") as file:
            file.write("no program of any kind")
        os.chmod(program, 0o755)
        os.makedirs(os.path.join(folder, "kernels", "odd"))
        with open(os.path.join(folder, "kernels", "odd", "kernel.json"), "w") as file:
            json.dump({"argv": [program], "display_name": "Odd", "language": "odd"}, file)
        job = self.job("1", kernel="odd")
        job.environment["JUPYTER_PATH"] = folder
        job.run()
        self.assertEqual(job.ended()["reason"], "kernel-missing")
        self.assertIn("Exec format error", job.ended()["title"])

    def test_it_can_be_switched_off(self):
        job = self.job("!echo more >> data.csv", "_ = open('folder/x', 'w')")
        job.environment["NIGHTLOG_FOLDER_GUARD"] = "off"
        job.run()
        guard = job.receipt()["guard"]
        self.assertEqual((guard["method"], guard["folders"], guard["note"]), ("audit-hook", [], "The configuration switches it off."))
        self.assertIn("A job does not write into the notebook's own folder", job.ended()["title"])
        with open(os.path.join(job.home, "data.csv")) as file:
            self.assertEqual(file.read(), "at home\nmore\n")

    def test_a_machine_that_does_not_let_it_be(self):
        job = self.job("_ = open('data.csv', 'a').write('mine')", "!cat data.csv")
        # Root without the right to mount; anybody else where the person is not known to the user namespace that holds them.
        is_root = os.geteuid() == 0 and not self.without_rights
        less = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "--"] if is_root else ["unshare", "--user", "--"]
        job.as_command = lambda command: [*less, *command]
        job.run()
        self.assertEqual(job.ended()["reason"], "completed", job.log())
        guard = job.receipt()["guard"]
        self.assertEqual(guard["method"], "audit-hook")
        self.assertIn("This machine does not let it be: ", guard["note"])
        self.assertIn("kept only from Python", job.log())
        self.assertEqual(printed(job, 1), "at home\nmine")
        self.assertEqual(tree_state(job.home), job.before)


class GuardWithoutRights(Guard):
    """The same for a person who is not root; where the tests run as one, for that one."""

    options = ("--mount", "--map-root-user")
    method = "user-namespace"
    without_rights = True

    def test_files_belong_to_the_person(self):
        job = self.run_cells("import os; print(os.getuid() == os.stat('.').st_uid, os.getgid() == os.stat('.').st_gid)\nopen('own.txt', 'w').close()")
        self.assertEqual(printed(job, 0), "True True\n")
        self.assertEqual(os.stat(job.in_tree("own.txt")).st_uid, NOBODY if os.geteuid() == 0 else os.geteuid())


class Mounts(unittest.TestCase):
    """The guard itself, around a shell."""

    def shell(self, script, read_only, writable=(), before_linux_5_12=False):
        guard = FolderGuard(Places(read_only, writable))
        if before_linux_5_12:
            guard._change = lambda place, set_, clear: False
        told, tell = os.pipe()
        try:
            pid = guard.start("/bin/sh", ["sh", "-c", script], dict(os.environ), tell)
        finally:
            os.close(tell)
        with open(told, "rb") as file:
            said = file.read().decode()
        os.waitpid(pid, 0)
        return said

    def setUp(self):
        self.top = new_folder("mounts")
        for name in ("project/sub/deep", "project/job", "other"):
            os.makedirs(os.path.join(self.top, name))

    def test_old_and_new_systems(self):
        if not can_be_guarded(*Guard.options):
            self.assertRaises(NotGuarded, self.shell, "true", [self.top])
            return
        script = f"cd {self.top}; for f in project project/sub/deep project/job other; do (touch $f/x 2>/dev/null && echo yes) || echo no; done"
        project, job = os.path.join(self.top, "project"), os.path.join(self.top, "project", "job")
        for old in (False, True):
            with self.subTest(old):
                self.assertEqual(self.shell(script, [project], [job], old), "no\nno\nyes\nyes\n")

    def test_what_is_mounted_below(self):
        if os.geteuid() != 0 or not can_be_guarded("--mount"):
            return
        for old in ("", "guard._change = lambda *all: False"):
            with self.subTest(old):
                self.assertEqual(self.below_a_mount(old), "no\nno\nyes\n")

    def below_a_mount(self, old):
        """In mount tables of its own: a file system below the project, and the job's folder on one that lies deeper still."""
        code = (
            "import os, sys\nfrom nightlog_runner.folder_guard import FolderGuard\nfrom nightlog_runner.guarded_places import Places\n"
            f"top = {self.top!r}\nguard = FolderGuard(Places([top + '/project'], [top + '/project/sub/deep/job']))\n{old}\n"
            "script = f'cd {top}/project; for f in . sub/deep sub/deep/job; do (touch $f/x 2>/dev/null && echo yes) || echo no; done'\n"
            "os.waitpid(guard.start('/bin/sh', ['sh', '-c', script], dict(os.environ), 1), 0)"
        )
        script = 'mount -t tmpfs below "$1/project/sub/deep" && mkdir "$1/project/sub/deep/job" && exec "$2" -c "$3"'
        command = ["unshare", "--mount", "sh", "-c", script, "sh", self.top, sys.executable, code]
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(HERE)}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    def test_a_place_that_is_gone(self):
        self.assertRaises(NotGuarded, self.shell, "true", [os.path.join(self.top, "gone")])

    def test_a_program_that_is_gone(self):
        if can_be_guarded(*Guard.options):
            with self.assertRaises(FileNotFoundError):
                FolderGuard(Places([self.top])).start(os.path.join(self.top, "gone"), ["gone"], {}, 2)


class PlacesOfAJob(unittest.TestCase):
    def setUp(self):
        self.top = new_folder("places")
        self.home, self.temporary = self.make("home"), self.make("temporary")

    def make(self, *names):
        path = os.path.join(self.top, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def places(self, project, folder=None):
        folder = folder or self.make("state", "job")
        work = os.path.join(folder, "tree" + project)
        os.makedirs(work, exist_ok=True)
        job = Job(folder, {"id": "i", "attempt": 1, "version": "v", "project": project, "notebook": "n", "workDir": work, "cells": "all", "parameters": {}, "linkedFrom": project})
        environment = {"HOME": self.home, "TMPDIR": self.temporary}
        return guarded_places(job, environment, self.make("temporary", "nl-sockets"))

    def test_a_project(self):
        project = self.make("home", "project")
        found = self.places(project)
        self.assertEqual((found.read_only, found.writable, found.note), ([project], [], None))

    def test_a_project_behind_a_link(self):
        project = self.make("real", "project")
        os.symlink(os.path.join(self.top, "real"), os.path.join(self.top, "alias"))
        self.assertEqual(self.places(os.path.join(self.top, "alias", "project")).read_only, [project])

    def test_what_lies_below_the_project_and_is_needed(self):
        job = self.make("state", "job")
        found = self.places(self.top)
        self.assertEqual((found.read_only, found.writable), ([self.top], [self.home, job, self.temporary, os.path.join(self.temporary, "nl-sockets")]))

    def test_a_home_is_kept_entry_by_entry(self):
        for name in (".cache", "project", "work/deep", "conda/conda-meta"):
            self.make("home", *name.split("/"))
        for name in ("data.csv", ".bashrc"):
            with open(os.path.join(self.home, name), "w"):
                pass
        os.symlink("/archive", os.path.join(self.home, "scratch"))
        os.mkfifo(os.path.join(self.home, "pipe"))
        found = self.places(self.home, self.make("home", "work", "deep", "job"))
        self.assertEqual(found.read_only, [os.path.join(self.home, name) for name in ("data.csv", "project")])

    def test_more_entries_than_mounts_are_worth(self):
        for number in range(510):
            self.make("home", f"{number:03d}")
        found = self.places(self.home)
        self.assertEqual((len(found.read_only), found.note), (500, f"10 entries of {self.home} are not kept from the job."))

    def test_the_root_of_all(self):
        self.assertEqual(self.places("/").read_only, [])

    def test_links_that_lead_beyond_the_project(self):
        project, folder = self.make("home", "project"), self.make("state", "job")
        shared = self.make("home", "shared")
        with open(os.path.join(shared, "z.csv"), "w"):
            pass
        self.make("state", "job", "tree" + shared)
        os.symlink(os.path.join(shared, "z.csv"), os.path.join(folder, "tree" + shared, "z.csv"))
        os.symlink(self.home, os.path.join(folder, "tree", "all"))
        os.symlink(os.path.join(self.top, "gone"), os.path.join(folder, "tree", "gone"))
        self.assertEqual(self.places(project, folder).read_only, [project, os.path.join(shared, "z.csv")])

    def test_what_systems_say(self):
        self.assertIn(READ_ONLY, read_only_words())


if __name__ == "__main__":
    unittest.main()
