"""Which places of the machine a job must not write to: the notebook's project, and what links in the job's tree reach beyond it."""

import os

# Enough for a home; each one is a mount of its own.
MOST_ENTRIES = 500
# The links that lead beyond the project lie on the few folders above it.
MOST_LOOKS = 500
ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")


class Places:
    """Real paths. What lies in `read_only` is kept from the job, apart from what lies in `writable`; `note` says what is left out."""

    def __init__(self, read_only, writable=(), note=None):
        self.read_only = read_only
        self.writable = list(writable)
        self.note = note


def guarded_places(job, environment, private_folder):
    """`environment` is the kernel's: caches, settings and temporary files stay where it says."""
    if not job.linked_from:
        return Places([], note="The job has no folder at home.")
    project = os.path.realpath(job.linked_from)
    needed = needed_places(job, environment, private_folder)
    if project == "/":
        return Places([], note="The notebook's folder is the root of the file system, which cannot be kept from a job.")
    if project in needed:
        places = entries_of(project, needed)
    else:
        places = Places([project], [place for place in needed if is_below(place, project)])
    places.read_only += beyond(job, project, needed)
    return places


def needed_places(job, environment, private_folder):
    """Folders that programs write to by themselves, and the job's own; real, each once, those above others first."""
    get = environment.get
    homes = [get("HOME") or os.path.expanduser("~"), *(get(f"XDG_{name}_HOME") for name in ("CACHE", "CONFIG", "DATA", "STATE")), get("XDG_RUNTIME_DIR")]
    temporary = [get("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"]
    found = [job.folder, private_folder, *homes, *temporary]
    return sorted({os.path.realpath(place) for place in found if place and os.path.isabs(place) and os.path.isdir(place)})


def is_below(path, folder):
    return path.startswith(folder + "/")


def entries_of(folder, needed):
    """A home is no project, and neither is a folder of temporary files: what is new there, or hidden, is free. What is to be seen there now is not."""
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith(".") or not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
            continue
        if any(place == entry.path or is_below(place, entry.path) for place in needed) or is_environment(entry):
            continue
        found.append(entry.path)
    left = len(found) - MOST_ENTRIES
    return Places(found[:MOST_ENTRIES], note=f"{left} entries of {folder} are not kept from the job." if left > 0 else None)


def is_environment(entry):
    return entry.is_dir(follow_symlinks=False) and any(os.path.lexists(os.path.join(entry.path, name)) for name in ENVIRONMENTS)


def beyond(job, project, needed):
    """What the links of the job's tree that stand for places outside the project lead to."""
    inside = job.tree + project_path(job)
    if not os.path.isdir(inside):
        return []
    found, queue, looks = [], [job.tree], 0
    while queue and looks < MOST_LOOKS:
        for entry in os.scandir(queue.pop()):
            looks += 1
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                kept = target == project or is_below(target, project) or is_below(target, job.folder)
                if not kept and os.path.exists(target) and not any(place == target or is_below(place, target) for place in needed):
                    found.append(target)
            elif entry.path != inside and entry.is_dir(follow_symlinks=False):
                queue.append(entry.path)
    return sorted(set(found))


def project_path(job):
    """The project's path as the tree has it below its top."""
    return os.path.normpath(job.linked_from)
