"""The data set that a user means by a path or a name."""

from pathlib import Path

from verify.data.folder import Folder
from verify.data.images import Images
from verify.errors import VerifyError

NAMED = ("cifar10", "fake")


def open_images(
    data: str, sizes: tuple[int, ...], classes: int, split: str = "test", root: str = "data", download: bool = False
) -> Images:
    """The images of ``data``: ``cifar10``, ``fake``, or a folder or zip with one folder a class.

    ``sizes`` and ``classes`` are the network's input (3, height, width) and outputs; ``split`` is ``train`` or
    ``test``. cifar10 lies under ``root``. Raises VerifyError for data that cannot be read, for a network that takes
    no RGB images, and where the classes differ in number.
    """
    if len(sizes) != 3 or sizes[0] != 3:
        shown = "×".join(map(str, sizes))
        raise VerifyError(f"the network's input is {shown}, not that of an RGB image, 3×height×width")
    images: Images
    if data in NAMED:
        from verify.data.named import Cifar10, Fake

        images = Fake(sizes, classes) if data == "fake" else Cifar10(Path(root), split, download)
    else:
        images = Folder(Path(data), split)
    if len(images.classes) != classes:
        raise VerifyError(
            f"{data} has {len(images.classes)} classes, the network {classes} outputs",
            "another spec or data set, or --set classes=N",
        )
    return images
