"""The command `nightlog` of a Python environment: the server's bundle, run by a Node.js that can."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from .find_bundle import BundleNotFound, find_bundle
from .find_node import NodeNotFound, find_node

NO_SERVER = 3


def main() -> int:
    """Becomes the command; where it cannot, says what is missing, as the command itself would."""
    try:
        bundle = find_bundle()
        command = [find_node(bundle), str(bundle), *sys.argv[1:]]
    except (BundleNotFound, NodeNotFound) as error:
        code = "server/not-installed" if isinstance(error, BundleNotFound) else "server/node-missing"
        print(_sentence(code, str(error)), file=sys.stderr)
        return NO_SERVER
    if os.name == "nt":
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], command)


def _sentence(code: str, text: str) -> str:
    if "--json" not in sys.argv[1:]:
        return f"nightlog: {text}"
    return json.dumps({"type": f"urn:nightlog:problem:{code}", "title": text, "status": 503})
