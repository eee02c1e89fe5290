"""Answers where a notebook of this Jupyter server lies on disk."""

from __future__ import annotations

import json
import os
import sys
from functools import partial

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.ioloop import IOLoop

NOT_A_FILE = "This notebook is no file on the machine where Jupyter runs. To keep versions and run jobs, save a copy in a folder of that machine."


def file_of(contents_manager, path: str, drive: str = "") -> str | None:
    """The absolute path, links resolved, of what the contents manager shows as `path`; None where that is no file on this machine.

    A contents manager that joins several is asked for the one that has the path, by the first folder (hybridcontents and its like) or by the drive
    (jupyter-fs).
    """
    managers, by_drive = _joined(contents_manager)
    path = path.strip("/")
    if by_drive and drive in managers:
        return file_of(managers[drive], path)
    if drive != "":
        return None
    if managers is not None:
        first, _, rest = path.partition("/")
        if first in managers:
            return file_of(managers[first], rest)
        return file_of(managers[""], path) if "" in managers else None
    try:
        place = _place_on_disk(contents_manager, path)
    except (web.HTTPError, ValueError, OSError):
        return None
    if place is None:
        return None
    file = os.path.realpath(place)
    return file if os.path.isfile(file) else None


def path_of(contents_manager, file: str) -> str | None:
    """The path under which the contents manager shows a file, given by its absolute path, with its drive before it; None where it does not."""
    managers, by_drive = _joined(contents_manager)
    if managers is not None:
        for name, manager in managers.items():
            path = path_of(manager, file)
            if path is not None:
                return path if name == "" else f"{name}:{path}" if by_drive else f"{name}/{path}"
        return None
    try:
        place = _place_on_disk(contents_manager, "")
    except (web.HTTPError, ValueError, OSError):
        return None
    if place is None:
        return None
    root = os.path.realpath(place)
    real = os.path.realpath(file)
    if os.path.commonpath([root, real]) != root:
        return None
    path = os.path.relpath(real, root).replace(os.sep, "/")
    # Asked back, so that what is answered here is what opens there.
    return path if file_of(contents_manager, path) == real else None


def _joined(contents_manager) -> tuple[dict | None, bool]:
    """The contents managers that this one joins, and whether their names are drives rather than folders; None where it is one by itself."""
    for name, by_drive in (("managers", False), ("_managers", True)):
        managers = getattr(contents_manager, name, None)
        if isinstance(managers, dict):
            return managers, by_drive
    return None, False


def _place_on_disk(contents_manager, path: str) -> str | None:
    """Where this one contents manager reads a path from; None where that is not on this machine, or cannot be known."""
    if ".." in path.split("/"):
        return None
    # Many derive from Jupyter's manager of files and read from elsewhere: only where the reading is Jupyter's own, the place is, too.
    reads = getattr(type(contents_manager), "_read_notebook", None)
    if getattr(reads, "__module__", "").startswith("jupyter_server."):
        return contents_manager._get_os_path(path)
    # jupyter-fs over fsspec, and over PyFilesystem, which raises an error where there is no such path.
    protocol = getattr(getattr(contents_manager, "_fs", None), "protocol", ())
    if "file" in ((protocol,) if isinstance(protocol, str) else protocol):
        return contents_manager._normalize_path(path)
    system = getattr(contents_manager, "_pyfilesystem_instance", None)
    if system is not None and system.hassyspath(path):
        return system.getsyspath(path)
    return None


class PlaceHandler(APIHandler):
    """GET nightlog-place?path=<path in the contents API>, with &drive=<name of its drive>; or ?file=<absolute path>."""

    @web.authenticated
    async def get(self) -> None:
        path = self.get_query_argument("path", None)
        drive = self.get_query_argument("drive", "")
        wanted = self.get_query_argument("file", None)
        run = IOLoop.current().run_in_executor
        # A home on a network may answer slowly, which holds up nobody else here.
        file = None if path is None else await run(None, partial(file_of, self.contents_manager, path, drive))
        if wanted is not None and os.path.isabs(wanted):
            path = await run(None, partial(path_of, self.contents_manager, wanted))
            file = None if path is None else os.path.realpath(wanted)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(
            json.dumps(
                {
                    "file": file,
                    "path": path,
                    "reason": NOT_A_FILE if file is None and (path is not None or wanted is not None) else None,
                    "python": sys.executable,
                }
            )
        )


def add_place_handler(web_app) -> None:
    """Registers the handler below the server's base address."""
    web_app.add_handlers(".*$", [(url_path_join(web_app.settings["base_url"], "nightlog-place"), PlaceHandler)])
