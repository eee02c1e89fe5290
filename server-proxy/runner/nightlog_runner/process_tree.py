"""The processes of a job, read from /proc; where there is no /proc nothing is seen, and the receipt says so."""

import os

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def is_available():
    return os.path.isdir("/proc/self/task")


def read(path):
    """A file of /proc as bytes; nothing where the process is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        pieces = []
        while True:
            piece = os.read(descriptor, 65536)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def children(pid):
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found = []
    for thread in threads:
        found += [int(child) for child in read(f"/proc/{pid}/task/{thread}/children").split()]
    return found


def descendants(roots):
    """These processes and all below them, parents first."""
    seen = []
    queue = list(roots)
    known = set()
    while queue:
        pid = queue.pop(0)
        if pid in known:
            continue
        known.add(pid)
        seen.append(pid)
        queue += children(pid)
    return seen


def stat_fields(pid):
    """The fields of /proc/PID/stat after the name, `state` first; none where it is gone."""
    data = read(f"/proc/{pid}/stat")
    return data[data.rfind(b")") + 2 :].split() if data else []


def state(pid):
    fields = stat_fields(pid)
    return fields[0].decode() if fields else None


def start_time(pid):
    """In clock ticks since boot: with the pid it names one process."""
    fields = stat_fields(pid)
    return int(fields[19]) if len(fields) > 19 else None


def cpu_ticks(pid):
    fields = stat_fields(pid)
    return int(fields[11]) + int(fields[12]) if len(fields) > 12 else 0


def resident_bytes(pid):
    fields = read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * PAGE if len(fields) > 1 else 0


def proportional_bytes(pid):
    """Memory with what is shared counted once over all who share it; null where the system does not say."""
    for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return None


def peak_bytes(pid):
    """The most memory it held since `reset_peak`."""
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak(pid):
    try:
        descriptor = os.open(f"/proc/{pid}/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(descriptor, b"5")
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def with_variable(name, value):
    """Every process of this user that was started with this variable in its environment."""
    wanted = f"{name}={value}".encode()
    found = []
    for entry in os.listdir("/proc") if is_available() else []:
        if entry.isdigit() and wanted in read(f"/proc/{entry}/environ").split(b"\0"):
            found.append(int(entry))
    return found
