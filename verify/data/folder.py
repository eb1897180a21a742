"""Reads a folder or zip with one folder for each class, like torchvision's ImageFolder, in sorted order."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from verify.data.images import Images, require_classes
from verify.data.picture import decode, require_size
from verify.data.tree import ENDINGS, TWICE, Entry, Tree, open_tree
from verify.errors import VerifyError

SPLITS = {"train": ("train",), "test": ("test", "val", "validation")}
LOOKED_THROUGH = 256
"""Up to this number of images, all sizes are checked before any image is decoded. It takes milliseconds."""
_SPLIT_FOLDERS = {name for names in SPLITS.values() for name in names}


class Folder(Images):
    """The images under ``path``, a directory or a zip. Links are followed, and hidden files are ignored.

    A single outer folder around the class folders, as in the zip of a folder, is entered. If there are folders named
    train, test or val, ``split`` (``train`` or ``test``, which includes val) chooses one. With ``outputs``, a different
    number of classes is refused before the images are listed.

    Raises VerifyError if ``path`` is neither, if the split is missing, if a class has no images, and if links lead to
    an image or folder twice, because it would count twice.
    """

    def __init__(self, path: Path, split: str = "test", outputs: int | None = None) -> None:
        self.tree = open_tree(path)
        prefix, folders = _class_folders(self.tree, path, split)
        self.classes = tuple(folders)
        if outputs is not None and self.classes:
            require_classes(str(path), len(self.classes), outputs)
        by_class = [sorted(entries) for entries in _entries(self.tree, path, [prefix + name for name in folders])]
        empty = [name for name, entries in zip(folders, by_class, strict=True) if not entries]
        if empty or not folders:
            what = f"class {', '.join(empty[:5])} has no images" if empty else "no class folders with images"
            raise VerifyError(f"{path}: {what}", f"one folder per class, with files ending in {', '.join(ENDINGS)}")
        ordered = [entry for entries in by_class for entry in entries]
        self.names = [entry.name for entry in ordered]
        self.labels = [label for label, entries in enumerate(by_class) for _ in entries]
        self.faults = {entry.name: entry.fault for entry in ordered if entry.fault}
        if len(ordered) <= LOOKED_THROUGH:
            self.faults |= _sizes(self.tree, [entry.name for entry in ordered if not entry.fault])
        lines = [f"{entry.name.removeprefix(prefix)} {entry.stamp}" for entry in ordered]
        digest = hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()
        self.identity = f"{len(ordered)} images {digest[:16]}"

    def open(self, index: int) -> Image.Image:
        name = self.names[index]
        if name in self.faults:
            raise OSError(self.faults[name])
        return decode(self.tree.read(name))


def _sizes(tree: Tree, names: list[str]) -> dict[str, str]:
    """Return the reason for each picture that is too large to decode, by name.

    Damage is reported when a picture is decoded.
    """
    found = {}
    for name in names:
        try:
            with tree.open(name) as file:
                require_size(file)
        except ValueError as error:
            found[name] = str(error)
        except Exception:  # the readers raise all kinds of exceptions
            continue
    return found


def _class_folders(tree: Tree, path: Path, split: str) -> tuple[str, list[str]]:
    """Return the path of the folder that holds the class folders, ending in ``/`` unless empty, and their names."""
    prefix = ""
    folders, images = tree.inside("")
    while len(folders) == 1 and not images and folders[0] not in _SPLIT_FOLDERS:
        below, images_below = tree.inside(prefix + folders[0])
        if images_below or not below:  # that folder is a class
            break
        prefix, folders = f"{prefix}{folders[0]}/", below
    if not _SPLIT_FOLDERS & set(folders):
        return prefix, folders
    chosen = next((name for name in SPLITS[split] if name in folders), None)
    if chosen is None:
        raise VerifyError(f"{path}: has {', '.join(folders[:5])}, but no {' or '.join(SPLITS[split])} folder")
    return f"{prefix}{chosen}/", tree.inside(prefix + chosen)[0]


def _entries(tree: Tree, path: Path, folders: list[str]) -> Iterator[list[Entry]]:
    """Yield the images in each of ``folders`` and below. Raises VerifyError if an image or folder occurs twice."""
    seen: dict[object, str] = {}

    def require_first(name: str, same: object, what: str) -> None:
        if (first := seen.setdefault(same, name)) is not name:
            raise VerifyError(f"{path / name}: is the same {what} as {path / first}, so it would count twice", TWICE)

    for top in folders:
        found: list[Entry] = []
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            require_first(folder, (tree.same_folder(folder),), "folder")
            below, entries = tree.inside(folder)
            for entry in entries:
                require_first(entry.name, entry.same, "image")
            found += entries
            waiting += [f"{folder}/{name}" for name in below]
        yield found
