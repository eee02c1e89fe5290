"""A contents manager whose notebooks lie nowhere on disk, as those of databases and clouds do."""

from datetime import datetime, timezone

from jupyter_server.services.contents.checkpoints import Checkpoints, GenericCheckpointsMixin
from jupyter_server.services.contents.manager import ContentsManager
from tornado.web import HTTPError

NOTEBOOK = {
    "cells": [{"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": [], "source": "1 + 1"}],
    "metadata": {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


class NoCheckpoints(GenericCheckpointsMixin, Checkpoints):
    def create_notebook_checkpoint(self, nb, path):
        return {"id": "0", "last_modified": datetime.now(timezone.utc)}

    create_file_checkpoint = create_notebook_checkpoint

    def list_checkpoints(self, path):
        return []


class MemoryContents(ContentsManager):
    checkpoints_class = NoCheckpoints

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.kept = {"far.ipynb": NOTEBOOK}
        self.changed = datetime.now(timezone.utc)

    def _model(self, path, kind, content):
        times = {"created": self.changed, "last_modified": self.changed}
        model = {"name": path.rsplit("/", 1)[-1], "path": path, "type": kind, "writable": True, **times}
        return {**model, "mimetype": None, "content": content, "format": None if content is None else "json"}

    def get(self, path, content=True, type=None, format=None, **_):
        path = path.strip("/")
        if path == "":
            return self._model("", "directory", [self._model(name, "notebook", None) for name in self.kept] if content else None)
        if path not in self.kept:
            raise HTTPError(404, path)
        return self._model(path, "notebook", self.kept[path] if content else None)

    def save(self, model, path=""):
        self.kept[path.strip("/")] = model["content"]
        self.changed = datetime.now(timezone.utc)
        return self.get(path, content=False)

    def file_exists(self, path=""):
        return path.strip("/") in self.kept

    def dir_exists(self, path):
        return path.strip("/") == ""

    def is_hidden(self, path):
        return False

    def delete_file(self, path):
        del self.kept[path.strip("/")]

    def rename_file(self, old_path, new_path):
        self.kept[new_path.strip("/")] = self.kept.pop(old_path.strip("/"))
