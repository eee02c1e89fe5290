"""Which cells run, what they are called, and the cell that carries the parameters."""

import hashlib
from itertools import count

from .endings import runner_error
from .notebook_json import join_lines

# Longest id, in the units of UTF-16 that JavaScript counts in, that the server lets a cell keep.
LONGEST_ID = 128


class Cell:
    """A cell of the executed notebook. `index` counts in the notebook as it was given; `content` is its JSON without outputs, when it runs."""

    def __init__(self, index, content, span, identity):
        self.index = index
        self.content = content
        self.span = span
        self.id = identity
        self.selected = False
        self.source = join_lines(content.get("source", ""))
        self.is_code = content.get("cell_type") == "code"
        metadata = content.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        self.tags = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def fallback_id(index, source):
    return f"i{index}-{sha256(source)[:8]}"


def cell_ids(contents):
    """What the cells are called, no two alike: as the server calls them (`shared/src/notebook/cell-id.ts`), which chooses cells by these names."""
    taken = set()
    ids = []
    for content in contents:
        own = content.get("id")
        keeps = isinstance(own, str) and 1 <= utf16_length(own) <= LONGEST_ID and own not in taken
        ids.append(own if keeps else None)
        if keeps:
            taken.add(own)
    for index, content in enumerate(contents):
        if ids[index] is None:
            derived = fallback_id(index, join_lines(content.get("source", "")))
            ids[index] = next(name for name in numbered(derived) if name not in taken)
            taken.add(ids[index])
    return ids


def utf16_length(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def numbered(name):
    """The name, then the name with `-2`, `-3`... behind it."""
    yield name
    for number in count(2):
        yield f"{name}-{number}"


def sha256(text):
    return hashlib.sha256(encode(text)).hexdigest()


def encode(text):
    """UTF-8 as JavaScript makes it: half a surrogate pair becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def make_cells(notebook, job):
    """The notebook's cells in order with the parameters' cell in place; `selected` marks those that run."""
    ids = cell_ids(notebook.cells)
    cells = [Cell(index, content, span, ids[index]) for index, (content, span) in enumerate(zip(notebook.cells, notebook.spans))]
    select(cells, job.cells)
    if job.injected_source is not None:
        inject(cells, notebook, job)
    return cells


def select(cells, wanted):
    if wanted == "all":
        for cell in cells:
            cell.selected = cell.is_code
        return
    names = set(wanted)
    for cell in cells:
        if cell.id in names:
            cell.selected = cell.is_code
    unknown = sorted(names - {cell.id for cell in cells})
    if unknown:
        which = ", ".join(unknown[:5])
        raise runner_error(f"The notebook has no cell {which}, so nothing was run. Submit the job again from the notebook as it is now.")


def inject(cells, notebook, job):
    """Puts the parameters' cell where `shared` said: replacing an earlier one, or before the cell at that index."""
    index = job.injected_index
    if index > len(cells) or (job.injected_replaces and index == len(cells)):
        raise runner_error(f"The parameters belong at cell {index + 1}, but the notebook has only {len(cells)}.")
    if job.injected_replaces:
        old = cells[index]
        content = {key: value for key, value in old.content.items() if key not in ("source", "outputs", "attachments")}
        metadata = content.get("metadata") if isinstance(content.get("metadata"), dict) else {}
        content["metadata"] = {**metadata, "tags": old.tags if "injected-parameters" in old.tags else [*old.tags, "injected-parameters"]}
        identity = old.id
    else:
        content = {"metadata": {"tags": ["injected-parameters"]}}
        identity = "injected-parameters"
        if notebook.minor >= 5:
            taken = {cell.id for cell in cells}
            # The same for the same parameters, so that two runs give the same notebook.
            identity = next(name for name in numbered("parameters-" + sha256(job.injected_source)[:8]) if name not in taken)
            content["id"] = identity
    content.update(cell_type="code", source=job.injected_source, execution_count=None)
    cell = Cell(index, content, None, identity)
    cell.selected = True
    if job.injected_replaces:
        cells[index] = cell
    else:
        cells.insert(index, cell)
