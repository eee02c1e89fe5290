"""Every package that the kernel's interpreter could import, read from the folders on its path, without starting it again."""

import json
import os
import re


def python_packages(path):
    """Packages in the folders of a `sys.path`, the first one of a name winning as in an import. Sorted by name."""
    found = {}
    complete = True
    conda = conda_names(path)
    for folder in dict.fromkeys(path):
        try:
            names = os.listdir(folder) if os.path.isdir(folder) else []
        except OSError:
            complete = False
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info", ".egg-link")):
                package = read_package(os.path.join(folder, name), folder)
                if package is None:
                    complete = False
                else:
                    found.setdefault(normal(package["name"]), package)
    for name, package in found.items():
        if package["origin"] == "index" and name in conda:
            package["origin"] = "conda"
    for name, package in conda.items():
        # What conda installed and Python does not list: libraries, compilers, the interpreter itself.
        found.setdefault(name, {"name": package["name"], "version": package["version"], "origin": "conda"})
    return [found[name] for name in sorted(found)], complete


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def read_package(path, folder):
    """One installed package; None where it is damaged."""
    if path.endswith(".egg-link"):
        return read_egg_link(path)
    for name in ("METADATA", "PKG-INFO", ""):
        text = read_text(os.path.join(path, name) if name else path)
        if text is not None:
            break
    else:
        return None
    headers = read_headers(text)
    if not headers.get("name"):
        return None
    return {"name": headers["name"], "version": headers.get("version"), "origin": origin_of(path, folder)}


def read_headers(text):
    headers = {}
    for line in text.splitlines():
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and name.lower() in ("name", "version"):
            headers.setdefault(name.lower(), value.strip())
            if len(headers) == 2:
                break
    return headers


def read_egg_link(path):
    text = read_text(path) or ""
    place = text.splitlines()[0].strip() if text.strip() else ""
    name = os.path.basename(path)[: -len(".egg-link")]
    for entry in os.listdir(place) if os.path.isdir(place) else []:
        if entry.endswith(".egg-info"):
            headers = read_headers(read_text(os.path.join(place, entry, "PKG-INFO")) or "")
            return {"name": headers.get("name", name), "version": headers.get("version"), "origin": place}
    return {"name": name, "version": None, "origin": place or None}


def origin_of(path, folder):
    """`index`, the address it was installed from, the path of an editable or local install, or None where nothing says."""
    text = read_text(os.path.join(path, "direct_url.json"))
    if text is not None:
        try:
            return address_of(json.loads(text))
        except (ValueError, AttributeError, TypeError):
            return None
    if path.endswith(".dist-info"):
        installer = (read_text(os.path.join(path, "INSTALLER")) or "").strip()
        if installer in ("pip", "uv", "poetry", "pdm"):
            return "index"
        if installer in ("conda", "debian"):
            return installer
        return None
    if "dist-packages" in folder:
        return "debian"
    return None


def address_of(direct):
    """The address without what may be a secret in it."""
    url = direct.get("url")
    if not isinstance(url, str):
        return None
    url = re.sub(r"^(\w[\w+.-]*://)[^/@]*@", r"\1", url)
    if url.startswith("file://"):
        from urllib.parse import unquote

        return unquote(url[len("file://") :])
    version_control = direct.get("vcs_info")
    if isinstance(version_control, dict) and version_control.get("vcs"):
        return f"{version_control['vcs']}+{url}@{version_control.get('commit_id', '')}"
    return url.split("?", 1)[0]


def conda_names(path):
    """What conda says it installed in the environment of this path, by normal name."""
    for folder in path:
        prefix = re.sub(r"/lib(64)?/python[^/]*(/.*)?$", "", folder)
        meta = os.path.join(prefix, "conda-meta")
        if prefix != folder and os.path.isdir(meta):
            return read_conda(meta)
    return {}


def read_conda(meta):
    packages = {}
    for name in os.listdir(meta):
        # NAME-VERSION-BUILD.json: the file itself holds a list of every file and is long.
        match = re.match(r"(.+)-([^-]+)-([^-]+)\.json$", name)
        if match:
            packages[normal(match.group(1))] = {"name": match.group(1), "version": match.group(2)}
    return packages


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (OSError, ValueError):
        return None
