"""Finds the files that make up a spec: the specs that it extends, and those that it uses as blocks.

A path stays inside the folder of the first file. A name without an ending is looked up beside the file that contains
it, then among the packaged specs. ``family:gpt2`` is always the packaged family.
"""

from pathlib import Path

from calc.errors import Problem, SpecError, nearest
from calc.reading import read_bytes
from calc.spec import source
from calc.spec.shelf import (
    FAMILY,
    SUFFIXES,
    families,
    family,
    file_named,
    is_name,
    is_packaged,
    nearest_packaged,
    packaged,
    packaged_spec,
)
from calc.spec.tree import Mapping, Scalar, Value

MAX_FILES_DEEP = 8


def lineage(tree: Value, file: str, root: Path, trail: tuple[Path, ...] = ()) -> list[Mapping]:
    """Return the spec, the spec that it extends, the spec that this one extends, and so on.

    ``trail`` has the files that led here. Raises SpecError.
    """
    found: list[Mapping] = []
    while True:
        if not isinstance(tree, Mapping):
            raise SpecError([Problem(tree.place, "a spec is a mapping", "name:, input: and layers: at the top level")])
        found.append(tree)
        parent = tree.entries.get("extends")
        if parent is None:
            return found
        path, _ = find(parent, "extends", root)
        tree = read_spec(parent, "extends", path, trail := (*trail, Path(file).resolve()))
        file = str(path)


def find(node: Value, key: str, root: Path) -> tuple[Path, str]:
    """Return the file that ``node`` names and, under uses, the text after a ``#``.

    Raises SpecError if there is no such file, or if the path leaves ``root``.
    """
    if not isinstance(node, Scalar) or not isinstance(node.data, str) or not node.data:
        raise SpecError([Problem(node.place, f"{key} takes the path or the name of a spec")])
    text, part = written(node, key)
    folder = Path(node.file).parent
    if text.startswith(FAMILY):
        return _family(node, key, text), part
    if not is_name(text):
        return _inside(node, key, text, folder, root), part
    own = file_named(text, folder)
    if own is not None:
        return _inside(node, key, own, folder, root), part
    found = packaged_spec(text) or family(text)
    if found is None:
        fact = f"{key} {text[:200]}: neither a file beside this one nor a packaged spec"
        raise SpecError([Problem(node.place, fact, nearest_packaged(text))])
    return found, part


def _family(node: Scalar, key: str, text: str) -> Path:
    name = text.removeprefix(FAMILY)
    found = family(name)
    if found is None:
        hint = nearest(name, families()) or f"known are {', '.join(families())}"
        raise SpecError([Problem(node.place, f"{key} {text[:200]}: there is no packaged family of that name", hint)])
    return found


def written(node: Scalar, key: str) -> tuple[str, str]:
    """Return the path or name in ``node`` and, under uses, the name of the list of layers after a ``#``."""
    text, _, part = node.data.partition("#") if key == "uses" else (node.data, "", "")
    return text, part


def _inside(node: Scalar, key: str, text: str, folder: Path, root: Path) -> Path:
    path = folder / text
    try:
        contained = path.resolve().is_relative_to(root.resolve())
        if not contained and is_packaged(node.file) and is_packaged(str(path)):
            return path
        below_root = [part for part in (path, *path.parents) if part not in (root, *root.parents)]
        symlink = next((part for part in below_root if part.is_symlink()), None)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError([Problem(node.place, f"{key} {text[:200]}: {reason}")]) from None
    if symlink is not None:
        raise SpecError([Problem(node.place, f"{key} {text[:200]} goes through the symbolic link {symlink}")])
    if not contained or Path(text).is_absolute():
        hint = "a spec is made of files in its own folder and in the folders below it"
        raise SpecError([Problem(node.place, f"{key} {text[:200]} leads outside {root}", _by_name(key, path) or hint)])
    return path


def _by_name(key: str, path: Path) -> str:
    """Return a hint if the path is missing or out of reach and a packaged spec has its name; otherwise empty text."""
    name = path.stem if path.suffix in SUFFIXES else ""
    return f"{name} is a packaged spec, which goes by its name: {key}: {name}" if name in packaged() else ""


def read_spec(node: Value, key: str, path: Path, trail: tuple[Path, ...]) -> Value:
    """Return the parsed file at ``path``.

    Raises SpecError, also if the file is in ``trail`` or ``trail`` is too long.
    """
    if path.resolve() in trail or len(trail) > MAX_FILES_DEEP:
        reason = "comes back to itself" if path.resolve() in trail else f"is deeper than {MAX_FILES_DEEP} files"
        raise SpecError([Problem(node.place, f"{key} {path} {reason}", _packaged_one(key, path))])
    try:
        return source.parse(read_bytes(path), str(path))
    except SpecError as error:
        hint = "" if path.exists() else _by_name(key, path)
        raise SpecError([p if p.place else p._replace(place=node.place, hint=hint) for p in error.problems]) from None


def _packaged_one(key: str, path: Path) -> str:
    """Return a hint if a packaged spec or family has the name of the file at ``path``, and was perhaps meant."""
    if is_packaged(str(path)):
        return ""
    hints = [f"a file goes before the packaged spec of its name: rename {path.name}"] * (path.stem in packaged())
    hints += [f"the packaged family is {key}: {FAMILY}{path.stem}"] * (family(path.stem) is not None)
    return "; ".join(hints)
