"""Lays the hook before the kernel's Python, by its environment alone."""

import os

HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")


def hook_folder(private_folder):
    """The folder that holds the hook's `sitecustomize.py`; unpacked into the job's private folder where this runs from the archive."""
    if os.path.isdir(HOOK):
        return HOOK
    folder = os.path.join(private_folder, "hook")
    os.makedirs(folder, 0o700, exist_ok=True)
    data = __loader__.get_data(os.path.join(HOOK, "sitecustomize.py"))
    with open(os.path.join(folder, "sitecustomize.py"), "wb") as file:
        file.write(data)
    return folder


def hook_environment(environment, folder, record_file, job, is_ipykernel):
    """The kernel's environment with the hook in it. A kernel that is not Python's never sees it."""
    settings = [record_file, job.tree, job.folder, os.path.realpath(job.linked_from) if job.linked_from else ""]
    if any("\n" in setting for setting in settings):
        return environment
    earlier = environment.get("PYTHONPATH")
    changed = {**environment, "PYTHONPATH": folder + (os.pathsep + earlier if earlier else ""), "NIGHTLOG_HOOK": "\n".join(settings)}
    if is_ipykernel:
        changed["NIGHTLOG_QUICK_START"] = "1"
    return changed
