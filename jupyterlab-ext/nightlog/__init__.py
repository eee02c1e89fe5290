"""Nightlog in Jupyter: where the built extension lies, and what the Jupyter server answers for it."""

from importlib.metadata import version

__version__ = version("nightlog")


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "@nightlog/jupyterlab-ext"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nightlog"}]


def _load_jupyter_server_extension(server_app) -> None:
    from .place_handler import add_place_handler

    add_place_handler(server_app.web_app)
