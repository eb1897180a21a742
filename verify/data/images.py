"""The base class of data sets: labelled images that are opened one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from PIL.Image import Image

from verify.errors import VerifyError

Sample = Image | Any
"""One input of a network: a picture, or an array of the sizes of the input."""
SHOWN = 3
"""The number of faults that a message lists."""


class Images(ABC):
    """A data set: the names of the ``classes``, and for each image an entry in ``labels`` and in ``names``.

    ``identity`` is a short text that changes when the images change. ``faults`` has, by name, the reason why an image
    cannot be opened, if it is known in advance.
    """

    classes: tuple[str, ...]
    labels: Sequence[int]
    names: Sequence[str]
    identity: str
    faults: Mapping[str, str] = MappingProxyType({})
    are_pictures: bool = True
    """Whether the images are resized, cropped and scaled. Arrays are used unchanged."""

    @abstractmethod
    def open(self, index: int) -> Sample:
        """Return the image at ``index``, decoded, or an array. It may be called in several threads.

        Raises OSError or ValueError if the image is damaged.
        """

    def __len__(self) -> int:
        return len(self.labels)

    def require_no_faults(self) -> None:
        """Raise VerifyError with the first images that are known to be unreadable."""
        if self.faults:
            shown = "; ".join(f"{name}: {why}" for name, why in list(self.faults.items())[:SHOWN])
            more = f"; and {len(self.faults) - SHOWN} more" if len(self.faults) > SHOWN else ""
            raise VerifyError(shown + more, "--skip-bad leaves such images out")


def require_classes(data: str, classes: int, outputs: int) -> None:
    """Raise VerifyError if ``classes`` of the data set ``data`` is not the number of the network's outputs."""
    if classes != outputs:
        raise VerifyError(
            f"{data} has {classes} classes, but the network has {outputs} outputs",
            "use another spec or data set, or --set classes=N",
        )


def takes_pictures(sizes: tuple[int, ...]) -> bool:
    """Return whether an input of ``sizes`` is a picture in colour or grey: (3, height, width) or (1, height, width)."""
    return len(sizes) == 3 and sizes[0] in (1, 3)
