"""Which files a spec is made of: what it extends, and what it uses as blocks. All inside the folder of the first."""

from pathlib import Path

from calc.errors import Problem, SpecError
from calc.reading import read_bytes
from calc.spec import source
from calc.spec.tree import Mapping, Scalar, Value

MAX_FILES_DEEP = 8


def lineage(tree: Value, file: str, root: Path, trail: tuple[Path, ...] = ()) -> list[Mapping]:
    """The spec, then what it extends, then what that extends, …

    ``trail`` are the files that led here. Raises SpecError.
    """
    found: list[Mapping] = []
    while True:
        if not isinstance(tree, Mapping):
            raise SpecError([Problem(tree.place, "a spec is a mapping", "name:, input: and layers: at the top level")])
        found.append(tree)
        parent = tree.entries.get("extends")
        if parent is None:
            return found
        path, _ = inside(parent, "extends", root)
        tree = read_spec(parent, "extends", path, trail := (*trail, Path(file).resolve()))
        file = str(path)


def inside(node: Value, key: str, root: Path) -> tuple[Path, str]:
    """The path that ``node`` gives, from the folder of its own file, and, under uses, what follows a ``#`` in it.

    Raises SpecError where the path leaves ``root``.
    """
    if not isinstance(node, Scalar) or not isinstance(node.data, str) or not node.data:
        raise SpecError([Problem(node.place, f"{key} takes the path of a spec")])
    text, _, part = node.data.partition("#") if key == "uses" else (node.data, "", "")
    path = (root if node.file.startswith("<") else Path(node.file).parent) / text
    try:
        contained = path.resolve().is_relative_to(root.resolve())
        below_root = [part for part in (path, *path.parents) if part not in (root, *root.parents)]
        symlink = next((part for part in below_root if part.is_symlink()), None)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError([Problem(node.place, f"{key} {text[:200]}: {reason}")]) from None
    if symlink is not None:
        raise SpecError([Problem(node.place, f"{key} {text[:200]} goes through the symbolic link {symlink}")])
    if not contained or Path(text).is_absolute():
        hint = "a spec is made of files in its own folder and in the folders below it"
        raise SpecError([Problem(node.place, f"{key} {text[:200]} leads outside {root}", hint)])
    return path, part


def read_spec(node: Value, key: str, path: Path, trail: tuple[Path, ...]) -> Value:
    """The parsed file at ``path``. Raises SpecError, also where it is one of ``trail`` or that is too long."""
    if path.resolve() in trail or len(trail) > MAX_FILES_DEEP:
        reason = "comes back to itself" if path.resolve() in trail else f"is deeper than {MAX_FILES_DEEP} files"
        raise SpecError([Problem(node.place, f"{key} {path} {reason}")])
    try:
        return source.parse(read_bytes(path), str(path))
    except SpecError as error:
        raise SpecError([p if p.place else p._replace(place=node.place) for p in error.problems]) from None
