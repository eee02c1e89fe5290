"""Watches the job's processes while cells run: memory, and the files that they hold open."""

import os
import signal
import threading
import time

from . import process_tree

INTERVAL_SECONDS = 0.25
SHARE_OF_TIME = 0.05
MAPS_EVERY = 4
HASH_SECONDS = 0.2


class Monitor:
    def __init__(self, job, kernel, inputs):
        self.job = job
        self.kernel = kernel
        self.inputs = inputs
        self.memory_over_limit = None
        self.peak = 0
        self.cell_peak = 0
        self.tree_bytes = 0
        self.samples = 0
        self.lock = threading.Lock()
        self.thread = None
        self.wake = threading.Event()
        self.ended = False
        self.last_sample = 0.0
        self.can_reset = False
        self.known_files = set()
        self.oom_before = None
        self.available = process_tree.is_available()

    def start(self):
        """Begins to watch, once the kernel's process is there."""
        self.oom_before = (cgroup_kills(self.kernel.pid), machine_kills())
        self.thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self.thread.start()

    def stop(self):
        self.ended = True
        self.wake.set()
        if self.thread is not None:
            self.thread.join(2)
            self.thread = None

    def begin_cell(self):
        if self.thread is None and not self.ended:
            self.start()
        if self.available:
            self.can_reset = process_tree.reset_peak(self.kernel.pid)
        with self.lock:
            self.cell_peak = 0

    def end_cell(self):
        """The most memory that the job's processes held during the cell; None where it cannot be known."""
        if not self.available:
            return None
        if time.monotonic() - self.last_sample > 0.1:
            self.sample()
        kernel_peak = process_tree.peak_bytes(self.kernel.pid) if self.can_reset else 0
        with self.lock:
            # Processes below the kernel are known by samples only, the kernel itself by what the system counts.
            peak = max(self.cell_peak, kernel_peak)
            self.peak = max(self.peak, peak)
            return peak or None

    def sample(self):
        with self.lock:
            self._sample()

    def _watch(self):
        pause = INTERVAL_SECONDS
        while not self.ended:
            self.wake.wait(pause)
            if self.ended:
                return
            begun = time.thread_time()
            self.sample()
            self.inputs.read_records()
            pause = max(INTERVAL_SECONDS, (time.thread_time() - begun) / SHARE_OF_TIME)
            # What was read is hashed while the cells run, in the pauses, so that a long job does not end late.
            until = time.monotonic() + HASH_SECONDS
            while not self.ended and time.monotonic() < until and self.inputs.hash_next():
                pass

    def _sample(self):
        if not self.available or self.kernel.pid is None:
            return
        self.last_sample = time.monotonic()
        pids = process_tree.descendants([self.kernel.pid])
        total = sum(process_tree.resident_bytes(pid) for pid in pids)
        limit = self.job.memory_bytes
        if limit and total > limit:
            shares = [process_tree.proportional_bytes(pid) for pid in pids]
            total = sum(share for share in shares if share is not None) if None not in shares else total
            if total > limit:
                self.memory_over_limit = total
        self.tree_bytes = total
        self.cell_peak = max(self.cell_peak, total)
        self.peak = max(self.peak, total)
        with_maps = self.samples % MAPS_EVERY == 0
        self.samples += 1
        self.inputs.sampled = True
        for pid in pids:
            self._sample_files(pid)
            if with_maps:
                self._sample_maps(pid)

    def _sample_files(self, pid):
        folder = f"/proc/{pid}/fd"
        try:
            descriptors = os.listdir(folder)
        except OSError:
            return
        for descriptor in descriptors:
            try:
                path = os.readlink(f"{folder}/{descriptor}")
            except OSError:
                continue
            if path[:1] == "/" and path not in self.known_files:
                self.known_files.add(path)
                self.inputs.take_sample(path, is_writable(pid, descriptor), False)

    def _sample_maps(self, pid):
        libraries = set()
        found = set()
        for line in process_tree.read(f"/proc/{pid}/maps").splitlines():
            fields = line.split(None, 5)
            if len(fields) == 6 and fields[5][:1] == b"/":
                (libraries if b"x" in fields[1] else found).add(fields[5])
        for raw in libraries | found:
            path = os.fsdecode(raw)
            if path not in self.known_files:
                self.known_files.add(path)
                self.inputs.take_sample(path, False, raw in libraries)

    def out_of_memory(self, end_signal):
        """Why the kernel was killed, where that was for memory: `limit` of the job, or of the `machine`; None where it was not, as far as is known."""
        if self.memory_over_limit is not None:
            return "limit"
        if end_signal != signal.SIGKILL or self.oom_before is None:
            return None
        group, machine = self.oom_before
        now = cgroup_kills(None)
        if group is not None and now is not None and now > group:
            return "limit"
        if machine is not None and (machine_kills() or 0) > machine:
            return "machine"
        if self.job.memory_bytes and self.tree_bytes > 0.9 * self.job.memory_bytes:
            return "limit"
        return None


def is_writable(pid, descriptor):
    for line in process_tree.read(f"/proc/{pid}/fdinfo/{descriptor}").splitlines():
        if line.startswith(b"flags:"):
            return int(line.split()[1], 8) & (os.O_WRONLY | os.O_RDWR) != 0
    return False


def cgroup_kills(pid):
    """How many processes of this control group were ended for memory; None where that is not to be seen."""
    total = None
    for line in process_tree.read(f"/proc/{pid or 'self'}/cgroup").decode("utf-8", "replace").splitlines():
        number, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        if number == "0" and not controllers:
            candidates = [f"/sys/fs/cgroup{path}/memory.events", "/sys/fs/cgroup/memory.events"]
        elif "memory" in controllers.split(","):
            candidates = [f"/sys/fs/cgroup/memory{path}/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control"]
        else:
            continue
        for candidate in candidates:
            count = counter(candidate, b"oom_kill")
            if count is not None:
                total = (total or 0) + count
                break
    return total


def machine_kills():
    return counter("/proc/vmstat", b"oom_kill")


def counter(path, name):
    for line in process_tree.read(path).splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == name:
            return int(fields[1])
    return None
