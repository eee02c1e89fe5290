"""Hashes by which outputs are compared: of the same content always the same, however a file lays it out."""

import hashlib
import json

from .cells import encode
from .notebook_json import join_lines


def canonical_json(value):
    return encode(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def hash_output(output):
    """An output's `type`, the SHA-256 of its JSON without its execution count, and of its text alone where it has one."""
    kept = {key: value for key, value in output.items() if key != "execution_count"}
    text = None
    if output["output_type"] == "stream":
        text = output["text"]
    elif isinstance(output.get("data"), dict):
        plain = output["data"].get("text/plain")
        text = join_lines(plain) if isinstance(plain, (str, list)) else None
    return {
        "type": output["output_type"],
        "sha256": hashlib.sha256(canonical_json(kept)).hexdigest(),
        "textSha256": None if text is None else hashlib.sha256(encode(text)).hexdigest(),
    }
