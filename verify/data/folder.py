"""A folder or a zip of one folder a class (torchvision's ImageFolder): classes are the folders in sorted order."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from PIL import Image

from verify.data.images import Images
from verify.errors import VerifyError

ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
SPLITS = {"train": ("train",), "test": ("test", "val", "validation")}
_SPLIT_FOLDERS = {name for names in SPLITS.values() for name in names}


class Folder(Images):
    """The images under ``path``, a directory or a zip of one; links are followed, what is hidden is passed over.

    A folder that only holds the class folders, as a zip of a folder has it, is entered. Where folders named train,
    test or val stand at the top, ``split`` (``train`` or ``test``, which val also is) chooses one. Raises VerifyError
    for a path that is neither, a missing split, and a class without images.
    """

    def __init__(self, path: Path, split: str = "test") -> None:
        self.path = path
        self.zip = _opened(path)
        folders, files, top = _entered(*(_in_zip(self.zip) if self.zip else _in_directory(path)))
        folders, files, prefix = _of_split(path, split, folders, files)
        prefix = top + prefix
        self.classes = tuple(sorted({folder.partition("/")[0] for folder in folders}))
        by_class: dict[str, list[tuple[str, str]]] = {name: [] for name in self.classes}
        for name, stamp in files:
            by_class[name.partition("/")[0]].append((name, stamp))
        empty = [name for name, images in by_class.items() if not images]
        if empty or not self.classes:
            what = f"class {', '.join(empty[:5])} has no images" if empty else "no class folders with images"
            raise VerifyError(f"{path}: {what}", f"one folder a class, files ending in {', '.join(ENDINGS)}")
        ordered = [(name, stamp, label) for label, key in enumerate(self.classes) for name, stamp in by_class[key]]
        self.names = [prefix + name for name, _, _ in ordered]
        self.labels = [label for _, _, label in ordered]
        digest = hashlib.sha256("\n".join(f"{name} {stamp}" for name, stamp, _ in ordered).encode())
        self.identity = f"{len(ordered)} images {digest.hexdigest()[:16]}"

    def open(self, index: int) -> Image.Image:
        name = self.names[index]
        try:
            data = self.zip.read(name) if self.zip else (self.path / name).read_bytes()
        except _ZIP_ERRORS as error:
            raise OSError(str(error)) from None
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")


Listing = tuple[Iterable[str], Iterable[tuple[str, str]]]
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What reading a damaged member raises, or one that is encrypted or packed in a way that Python cannot read."""


def _hidden(name: str) -> bool:
    """Whether the path ``name`` is what a file manager left: ``.DS_Store``, ``__MACOSX/…``, ``._0.jpg``."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _opened(path: Path) -> zipfile.ZipFile | None:
    if path.is_dir():
        return None
    if not path.exists():
        raise VerifyError(f"{path}: no such file or folder", "a folder or zip of images, or cifar10, or fake")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise VerifyError(f"{path}: not a folder and not a readable zip: {error}") from None


def _in_directory(path: Path) -> Listing:
    """Every folder and, with size and time of change, every image, by its path inside ``path``."""
    folders, images = [], []
    for where, below, names in os.walk(path, followlinks=True):
        below[:] = sorted(name for name in below if not _hidden(name))
        here = Path(where)
        folders += [(here / name).relative_to(path).as_posix() for name in below]
        for name in sorted(names):
            image = here / name
            if name.lower().endswith(ENDINGS) and not _hidden(name) and image.is_file():
                stat = image.stat()
                images.append((image.relative_to(path).as_posix(), f"{stat.st_size} {stat.st_mtime_ns}"))
    return folders, sorted(images)


def _in_zip(archive: zipfile.ZipFile) -> Listing:
    """The same for a zip, with each image's checksum."""
    infos = sorted(archive.infolist(), key=lambda info: info.filename)
    infos = [info for info in infos if not _hidden(info.filename)]
    folders = {str(parent) for info in infos for parent in PurePosixPath(info.filename).parents} - {"."}
    folders |= {info.filename.rstrip("/") for info in infos if info.is_dir()}
    images = [info for info in infos if info.filename.lower().endswith(ENDINGS)]
    return folders, [(info.filename, f"{info.file_size} {info.CRC}") for info in images]


def _entered(folders: Iterable[str], files: Iterable[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]], str]:
    """Both by their path inside the first folder that holds more than one other, and the path that leads there."""
    folders, files = list(folders), list(files)
    tops = {folder.partition("/")[0] for folder in folders}
    if len(tops) != 1 or tops & _SPLIT_FOLDERS or any(name.count("/") < 2 for name, _ in files):
        return folders, files, ""
    prefix = f"{tops.pop()}/"
    inside = [folder.removeprefix(prefix) for folder in folders if folder.startswith(prefix)]
    if not inside:
        return folders, files, ""
    below, images, further = _entered(inside, [(name.removeprefix(prefix), stamp) for name, stamp in files])
    return below, images, prefix + further


def _of_split(
    path: Path, split: str, folders: Iterable[str], files: Iterable[tuple[str, str]]
) -> tuple[list[str], list[tuple[str, str]], str]:
    """The class folders and images of ``split``, by their path inside it, and the path that leads there."""
    folders, files = list(folders), list(files)
    tops = {folder.partition("/")[0] for folder in folders}
    if not tops & _SPLIT_FOLDERS:
        return folders, [entry for entry in files if "/" in entry[0]], ""
    prefix = next((f"{name}/" for name in SPLITS[split] if name in tops), None)
    if prefix is None:
        raise VerifyError(f"{path}: has {', '.join(sorted(tops)[:5])}, but no {' or '.join(SPLITS[split])} folder")
    below = [folder.removeprefix(prefix) for folder in folders if folder.startswith(prefix)]
    inside = [(name.removeprefix(prefix), stamp) for name, stamp in files if name.startswith(prefix)]
    return below, [entry for entry in inside if "/" in entry[0]], prefix
