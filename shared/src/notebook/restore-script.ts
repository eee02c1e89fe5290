/**
 * `.nightlog/restore.py`: puts outputs back into a notebook of a version with nothing but Python 3.6 or newer. It expects the outputs in `outputs/` in its
 * own folder, each in a file named by its SHA-256 (many in folders by the first one or two digits of that), checks each, and writes only when all are there.
 */
export const restoreScript = `#!/usr/bin/env python3
"""Put outputs back into a notebook of a Nightlog version.

Large outputs lie beside this script, in outputs/, and a short text stands in the notebook for each.
Usage: python3 restore.py NOTEBOOK [TARGET]    (without TARGET the notebook itself is completed)
"""
import hashlib, os, re, shutil, sys

OUTPUTS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "outputs")
PLACEHOLDER = re.compile(rb'(?<!\\\\)"nightlog:output:([0-9a-f]{64})"')


def read_output(match):
    name = match.group(1).decode()
    places = [os.path.join(OUTPUTS, name[:digits], name) for digits in range(3)]
    with open(next(filter(os.path.exists, places), places[0]), "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != name:
        raise ValueError("output %s is damaged" % name)
    return content


def main(notebook, target=None):
    target = os.path.realpath(target or notebook)
    with open(notebook, "rb") as file:
        restored = PLACEHOLDER.sub(read_output, file.read())
    with open(target + ".part", "xb") as file:
        file.write(restored)
    shutil.copymode(notebook, target + ".part")
    os.replace(target + ".part", target)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit("Nothing was written: %s" % error)
`;
