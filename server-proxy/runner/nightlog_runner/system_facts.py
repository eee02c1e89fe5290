"""The machine: what may decide over a result, or help to understand one."""

import os

from . import process_tree

GPU_QUERY = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"]
GPU_SECONDS = 5


def system_facts(gpus):
    """`gpus` is what `read_gpus` said."""
    name = os.uname()
    return {
        "os": operating_system(),
        "kernel": f"{name.sysname} {name.release}",
        "machine": name.machine,
        "host": name.nodename,
        "cpuModel": cpu_model(),
        "cpuCount": os.cpu_count(),
        "cpusUsable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memoryBytes": memory_bytes(),
        "libc": libc(),
        "gpus": gpus,
    }


def operating_system():
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        for line in process_tree.read(path).decode("utf-8", "replace").splitlines():
            if line.startswith("PRETTY_NAME="):
                return line.partition("=")[2].strip().strip('"')
    return os.uname().sysname


def cpu_model():
    for line in process_tree.read("/proc/cpuinfo").decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "cpu model"):
            return value.strip()
    return None


def memory_bytes():
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def libc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError, AttributeError):
        return None


def read_gpus(find_program):
    """The machine's NVIDIA GPUs; an empty list where there are none, None where they cannot be asked."""
    if not os.path.exists("/proc/driver/nvidia") and not os.path.exists("/dev/nvidiactl") and not os.path.exists("/dev/dxg"):
        return []
    program = find_program(GPU_QUERY[0], os.environ.get("PATH", os.defpath))
    if program is None:
        return None
    import subprocess

    try:
        done = subprocess.run([program, *GPU_QUERY[1:]], capture_output=True, text=True, timeout=GPU_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_gpus(done.stdout) if done.returncode == 0 else None


def parse_gpus(text):
    gpus = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 3:
            memory = int(fields[2]) * 1024 * 1024 if fields[2].isdigit() else None
            gpus.append({"name": fields[0], "driver": fields[1], "memoryBytes": memory})
    return gpus
