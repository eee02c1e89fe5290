"""How jupyter-server-proxy reaches the person's server, below BASE_URL/nightlog/."""

from __future__ import annotations

import os
import sys


def proxy_entry() -> dict:
    """The entry of jupyter-server-proxy.

    The command is not the server, which is the person's and outlives Jupyter, but a small process that ends with Jupyter and forwards to it
    (see forward.py). Its socket lies in a folder that only the person can enter; a port would be open to everybody on the machine.
    """
    return {
        "command": [sys.executable, "-m", "nightlog.forward", "--socket", "{unix_socket}", "--parent-pid", str(os.getpid())],
        "unix_socket": True,
        "timeout": 60,
        # A window that is open, and says so now and then, is no person at work: an idle Jupyter may be ended.
        "update_last_activity": False,
        "launcher_entry": {"enabled": False},
    }
