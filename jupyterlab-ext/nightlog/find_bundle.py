"""Finds the server's bundle."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent


class BundleNotFound(Exception):
    """The bundle is not there; the text says what to do."""


def find_bundle() -> Path:
    """Returns the one that NIGHTLOG_BUNDLE names, else the wheel's own, else in a checkout the one that was built last."""
    asked = os.environ.get("NIGHTLOG_BUNDLE")
    if asked:
        if not Path(asked).is_file():
            raise BundleNotFound(f"NIGHTLOG_BUNDLE is {asked!r}, where there is no file. Correct it and start Jupyter again.")
        return Path(asked)
    packed = HERE / "server" / "nightlog.mjs"
    if packed.is_file():
        return packed
    built = HERE.parent.parent / "server-proxy" / "dist" / "nightlog.mjs"
    if built.is_file():
        return built
    raise BundleNotFound("Nightlog's server is not built: run `npm run build` in the checkout, or install the package nightlog again.")
