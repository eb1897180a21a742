"""Lists the folders and pictures in a folder or a zip, one folder at a time. Pictures are found by their endings."""

import os
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from verify import files
from verify.data.picture import MAX_BYTES
from verify.errors import VerifyError

ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
TWICE = "remove one of them, or begin its name with a dot, which hides it"


class Entry(NamedTuple):
    """A picture by its path in the tree. ``stamp`` changes when the picture changes.

    ``same`` is equal for two names of one picture. ``fault`` says why it cannot be a picture, if it is known unread.
    """

    name: str
    stamp: str
    same: object
    fault: str = ""


class Tree(ABC):
    """Pictures in folders. Paths are written with ``/``, and the root is empty. Hidden files are ignored."""

    @abstractmethod
    def inside(self, folder: str) -> tuple[list[str], list[Entry]]:
        """Return the sorted names of the folders and the pictures directly in ``folder``. Raises VerifyError."""

    @abstractmethod
    def same_folder(self, folder: str) -> object:
        """Return an identity of ``folder``, equal for two paths of one folder."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the bytes of the picture ``name``. Raises OSError. It may be called in several threads."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Return the open file of the picture ``name``, to read its header."""


class Directory(Tree):
    """A folder on disk. Links are followed; a link to a folder around it is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def inside(self, folder: str) -> tuple[list[str], list[Entry]]:
        folders, pictures = [], []
        own = self.same_folder(folder)
        try:
            with os.scandir(self.path / folder) as found:
                listed = sorted((each for each in found if not hidden(each.name)), key=lambda each: each.name)
        except OSError as error:
            raise VerifyError(f"{self.path / folder}: cannot be listed: {error.strerror}") from None
        for each in listed:
            name = f"{folder}/{each.name}" if folder else each.name
            if _is_folder(each):
                if each.is_symlink():
                    self._require_no_loop(name)
                folders.append(each.name)
            elif each.name.lower().endswith(ENDINGS):
                pictures.append(_entry(name, each, own))
        return folders, pictures

    def same_folder(self, folder: str) -> object:
        try:
            return _identity(self.path / folder)
        except OSError as error:
            raise VerifyError(f"{self.path / folder}: cannot be listed: {error.strerror}") from None

    def read(self, name: str) -> bytes:
        return files.read_file(self.path / name, MAX_BYTES)

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")

    def _require_no_loop(self, link: str) -> None:
        """Raise VerifyError if the folder ``link`` is one of the folders around it, as its pictures would repeat."""
        own, parts = self.same_folder(link), link.split("/")
        for above in ["/".join(parts[:depth]) for depth in range(len(parts))]:
            if self.same_folder(above) == own:
                fact = f"{self.path / link}: is a link back to {self.path / above}, which contains it"
                raise VerifyError(f"{fact}, so its pictures would count without end", TWICE)


def _is_folder(found: os.DirEntry[str]) -> bool:
    try:
        return found.is_dir()
    except OSError:  # a link to itself
        return False


def _entry(name: str, found: os.DirEntry[str], folder: object) -> Entry:
    try:
        file = found.stat()
        # a second hard link is a separate file, like a copy, but a second path through symbolic links is not
        target = Path(os.path.realpath(found.path)) if found.is_symlink() else None
        same = (_identity(target.parent), target.name) if target else (folder, found.name)
    except OSError as error:
        return Entry(name, "", name, f"cannot be read: {error.strerror}")
    fault = files.kind_of_file(file.st_mode)
    fault = f"is {fault}, not a picture" if fault else _too_large(file.st_size)
    return Entry(name, f"{file.st_size} {file.st_mtime_ns}", same, fault)


class Zip(Tree):
    """A zip of a folder. Raises VerifyError if the file is not a zip."""

    def __init__(self, path: Path) -> None:
        files.require_regular(str(path))
        try:
            self.archive = zipfile.ZipFile(path)
        except (*_ZIP_ERRORS, OSError, ValueError) as error:
            raise VerifyError(f"{path}: not a folder and not a readable zip: {error}") from None
        self.folders: dict[str, set[str]] = {"": set()}
        self.pictures: dict[str, list[Entry]] = {}
        members = sorted(self.archive.infolist(), key=lambda info: info.filename)
        for info, after in zip(members, [*members[1:], None], strict=True):
            if after is not None and after.filename == info.filename:
                raise VerifyError(f"{path}: holds {info.filename} twice", "pack it again")
            if not hidden(info.filename):
                self._add(info)

    def inside(self, folder: str) -> tuple[list[str], list[Entry]]:
        return sorted(self.folders.get(folder, ())), self.pictures.get(folder, [])

    def same_folder(self, folder: str) -> object:
        return folder

    def read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except _ZIP_ERRORS as error:
            raise OSError(str(error)) from None

    def open(self, name: str) -> IO[bytes]:
        return self.archive.open(name)

    def _add(self, info: zipfile.ZipInfo) -> None:
        path = PurePosixPath(info.filename.lstrip("/"))
        for part in (path, *path.parents) if info.is_dir() else path.parents:
            if part.name:
                self.folders.setdefault(_text(part.parent), set()).add(part.name)
        if not info.is_dir() and path.name.lower().endswith(ENDINGS):
            entry = Entry(info.filename, f"{info.file_size} {info.CRC}", info.header_offset, _too_large(info.file_size))
            self.pictures.setdefault(_text(path.parent), []).append(entry)


_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError)
"""The exceptions for members that are damaged, encrypted, or compressed in a way that Python cannot read."""


def open_tree(path: Path) -> Tree:
    """Return the folder or zip at ``path``. Raises VerifyError if it is neither."""
    if path.is_dir():
        return Directory(path)
    if not path.exists():
        raise VerifyError(f"{path}: no such file or folder", "give a folder or zip of images, cifar10, or fake")
    return Zip(path)


def hidden(name: str) -> bool:
    """Return whether ``name`` is hidden or made by a file manager: ``.DS_Store``, ``__MACOSX/…``, ``._0.jpg``."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _too_large(size: int) -> str:
    """Return the reason why a picture of ``size`` bytes is not read; empty if it is read."""
    return f"has {size:,} bytes, but at most {MAX_BYTES:,} are read" if size > MAX_BYTES else ""


def _text(folder: PurePosixPath) -> str:
    return "" if folder == PurePosixPath() else str(folder)


def _identity(path: Path) -> object:
    found = path.stat()
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)
