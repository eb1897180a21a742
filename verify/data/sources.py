"""Opens the data set that a user gives by a path or a name."""

from collections.abc import Callable
from pathlib import Path

from verify.data.folder import Folder
from verify.data.images import Images, require_classes, takes_pictures
from verify.errors import VerifyError

NAMED = ("cifar10", "fake")
ENDING = ".npz"
"""The ending of a file of arrays."""
CIFAR10_FOLDER = "cifar-10-batches-py"
CIFAR10_CLASSES = 10


def open_images(
    data: str,
    sizes: tuple[int, ...],
    classes: int,
    split: str = "test",
    root: str = "data",
    download: bool = False,
    skip_bad: bool = False,
) -> Images:
    """Return the images of ``data``: ``cifar10``, ``fake``, an .npz of arrays, or a folder or zip of class folders.

    ``sizes`` are those of the network's input, without batch, and ``classes`` is the number of its outputs. ``split``
    is ``train`` or ``test``. cifar10 is under ``root``. Raises VerifyError if the data cannot be read, if the number of
    classes differs, if pictures do not fit the input, which must be 3×height×width or 1×height×width, and for files
    that cannot be images, unless ``skip_bad``.
    """
    return found_images(data, sizes, classes, split, root, download, skip_bad)()


def found_images(
    data: str,
    sizes: tuple[int, ...],
    classes: int,
    split: str = "test",
    root: str = "data",
    download: bool = False,
    skip_bad: bool = False,
) -> Callable[[], Images]:
    """Like ``open_images``, in two steps: the checks that need no torch run at once, the returned function opens."""
    if data == "fake":
        return lambda: _fake(sizes, classes)
    if data.lower().endswith(ENDING):
        from verify.data.arrays import Arrays

        arrays = Arrays(Path(data), sizes, classes, split)
        return lambda: arrays
    if not takes_pictures(sizes):
        shown = "×".join(map(str, sizes))
        fact = f"the network's input is {shown}, but a picture is 3×height×width or 1×height×width"
        raise VerifyError(fact, f"use an {ENDING} file with the arrays x and y, or --data fake")
    if data == "cifar10":
        return _cifar10(classes, split, Path(root), download)
    images = Folder(Path(data), split, classes)
    if not skip_bad:
        images.require_no_faults()
    return lambda: images


def _fake(sizes: tuple[int, ...], classes: int) -> Images:
    from verify.data.named import Fake

    return Fake(sizes, classes)


def _cifar10(outputs: int, split: str, root: Path, download: bool) -> Callable[[], Images]:
    require_classes("cifar10", CIFAR10_CLASSES, outputs)
    if not download and not (root / CIFAR10_FOLDER).is_dir():
        fact = f"cifar10: the folder {root / CIFAR10_FOLDER} does not exist"
        raise VerifyError(fact, f"--download fetches it into {root}")

    def opened() -> Images:
        from verify.data.named import Cifar10

        return Cifar10(root, split, download)

    return opened
