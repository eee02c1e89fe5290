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

NOT_A_FILE = (
    "This notebook is no file on the machine where Jupyter runs, so Nightlog can keep no versions of it and run no jobs with it. "
    "Save a copy in a folder of this machine."
)


def file_of(contents_manager, path: str) -> str | None:
    """The absolute path, links resolved, of what the contents manager shows as `path`; None where that is no file on this machine.

    A contents manager that joins several (hybridcontents and its like) has `managers`, by the first part of the path.
    """
    path = path.strip("/")
    managers = getattr(contents_manager, "managers", None)
    if isinstance(managers, dict):
        first, _, rest = path.partition("/")
        if first in managers:
            return file_of(managers[first], rest)
        return file_of(managers[""], path) if "" in managers else None
    to_os_path = getattr(contents_manager, "_get_os_path", None)
    if to_os_path is None:
        return None
    try:
        file = os.path.realpath(to_os_path(path))
    except (web.HTTPError, ValueError, OSError):
        return None
    return file if os.path.isfile(file) else None


def path_of(contents_manager, file: str) -> str | None:
    """The path under which the contents manager shows a file, given by its absolute path; None where it does not."""
    managers = getattr(contents_manager, "managers", None)
    if isinstance(managers, dict):
        for first, manager in managers.items():
            path = path_of(manager, file)
            if path is not None:
                return f"{first}/{path}".strip("/")
        return None
    if getattr(contents_manager, "_get_os_path", None) is None:
        return None
    root = os.path.realpath(contents_manager.root_dir)
    real = os.path.realpath(file)
    if os.path.commonpath([root, real]) != root:
        return None
    path = os.path.relpath(real, root).replace(os.sep, "/")
    # Asked back, so that what is answered here is what opens there.
    return path if file_of(contents_manager, path) == real else None


class PlaceHandler(APIHandler):
    """GET nightlog-place?path=<path in the contents API>, or ?file=<absolute path>."""

    @web.authenticated
    async def get(self) -> None:
        path = self.get_query_argument("path", None)
        wanted = self.get_query_argument("file", None)
        run = IOLoop.current().run_in_executor
        # A home on a network may answer slowly, which holds up nobody else here.
        file = None if path is None else await run(None, partial(file_of, self.contents_manager, path))
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
