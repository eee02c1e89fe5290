"""Does what runner.pyz promises, without a kernel: a stand-in for tests of the server. Cells are commands: see `run_cell`."""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time


class Stopped(Exception):
    pass


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def main(folder):
    lock = os.open(os.path.join(folder, ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with open(os.path.join(folder, "starts"), "a") as starts:
        starts.write(f"{os.getpid()}\n")

    def stop(*_):
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    job = json.load(open(os.path.join(folder, "job.json")))
    notebook = json.load(open(os.path.join(folder, job["notebook"])))
    os.chdir(os.path.join(folder, job["workDir"]))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and (job["cells"] == "all" or cell["id"] in job["cells"])]
    events = open(os.path.join(folder, "events.ndjson"), "a")
    seq = 0

    def tell(kind, **fields):
        nonlocal seq
        seq += 1
        events.write(json.dumps({"seq": seq, "time": now(), "kind": kind, **fields}) + "\n")
        events.flush()

    started = now()
    tell("started", attempt=job["attempt"], total=len(cells), host=os.uname().nodename, pid=os.getpid())
    done = 0
    files = []
    ran = []
    ending = {"reason": "completed", "title": "", "detail": None, "cell": None}
    try:
        for index, cell in enumerate(cells):
            tell("cell-started", cell=cell["id"], index=index)
            run_cell("".join(cell["source"]), job, files)
            done += 1
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"ran {cell['id']}"}]
            save(folder, notebook)
            ran.append((cell, index, "ok"))
            tell("cell-ended", cell=cell["id"], index=index, status="ok", durationSeconds=0, done=done)
    except Stopped:
        ending = {"reason": "cancelled", "title": "Told to stop.", "detail": None, "cell": None}
    except Exception as error:
        ending = {"reason": "cell-error", "title": type(error).__name__, "detail": str(error), "cell": cell["id"]}
    save(folder, notebook)
    tell("ended", **ending)
    empty = hashlib.sha256(b"").hexdigest()
    receipt = {
        "format": 1, "job": job["id"], "attempt": job["attempt"], "version": job["version"],
        "cells": [{"id": cell["id"], "index": index, "status": status, "executionCount": 1, "startedAt": started, "durationSeconds": 0.0,
                   "peakMemoryBytes": None, "sourceSha256": empty, "outputs": []} for cell, index, status in ran],
        "parameters": job["parameters"],
        "environment": {"interpreter": {"language": "python", "version": None, "implementation": None, "executable": sys.executable},
                        "kernelspec": {"name": "python3", "displayName": None}, "packages": [], "packagesComplete": False, "system": {},
                        "variables": dict(os.environ), "digest": empty},
        "inputs": {"method": [], "complete": False, "files": []},
        "files": files, "filesComplete": True,
        "resources": {"wallSeconds": 0.0, "cpuSeconds": None, "peakMemoryBytes": None},
        "startedAt": started, "endedAt": now(), "exit": ending,
    }
    replace(os.path.join(folder, "receipt.json"), receipt)
    return 0 if ending["reason"] == "completed" else 1


def run_cell(source, job, files):
    words = source.split()
    command = words[0] if words else "pass"
    if command == "sleep":
        time.sleep(float(words[1]))
    elif command == "wait":
        while not os.path.exists(words[1]):
            time.sleep(0.005)
    elif command == "raise":
        raise ValueError(" ".join(words[1:]))
    elif command == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif command == "write":
        data = " ".join(words[2:]).encode()
        os.makedirs(os.path.dirname(words[1]) or ".", exist_ok=True)
        with open(words[1], "wb") as file:
            file.write(data)
        files.append({"path": words[1], "sizeBytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    elif command == "copy":
        with open(words[1], "rb") as source_file:
            run_cell(f"write {words[2]} {source_file.read().decode()}", job, files)
    elif command == "append":
        with open(words[1], "a") as file:
            file.write("changed")
    elif command == "children":
        # A grandchild in a session of its own, whose parents are gone.
        script = "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nopen('grandchild','w').write(str(os.getpid()))\ntime.sleep(600)"
        subprocess.run([sys.executable, "-c", script], check=True)
    elif command == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open("deaf", "w").close()
        time.sleep(600)
    elif command == "no-receipt":
        save_and_leave()
    elif command == "fill":
        block = bytearray(int(words[1]))
        for at in range(0, len(block), 4096):
            block[at] = 1
        time.sleep(0.1)


def save_and_leave():
    with open("left.txt", "w") as file:
        file.write("left")
    os._exit(3)


def save(folder, notebook):
    replace(os.path.join(folder, "result.ipynb"), notebook)


def replace(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


sys.exit(main(sys.argv[1]))
