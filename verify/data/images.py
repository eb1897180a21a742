"""What a data set is here: labelled images that are opened one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from PIL.Image import Image

from verify.errors import VerifyError

Sample = Image | Any
"""What a network is shown: a picture, or an array of its input's sizes."""
SHOWN = 3
"""Faults listed in a message."""


class Images(ABC):
    """``classes`` by index, and for each image its ``labels`` entry and its ``names`` entry.

    ``identity`` is a short text that changes when the images do. ``faults``: why an image, by name, cannot be opened,
    where that is known beforehand.
    """

    classes: tuple[str, ...]
    labels: Sequence[int]
    names: Sequence[str]
    identity: str
    faults: Mapping[str, str] = MappingProxyType({})
    are_pictures: bool = True
    """Whether they are decoded, cut and scaled; arrays are given as they are."""

    @abstractmethod
    def open(self, index: int) -> Sample:
        """The image at ``index``, decoded, or an array. Thread-safe.

        Raises OSError or ValueError where it is damaged.
        """

    def __len__(self) -> int:
        return len(self.labels)

    def require_no_faults(self) -> None:
        """Raise VerifyError with the first images that cannot be opened as far as is known."""
        if self.faults:
            shown = "; ".join(f"{name}: {why}" for name, why in list(self.faults.items())[:SHOWN])
            more = f"; and {len(self.faults) - SHOWN} more" if len(self.faults) > SHOWN else ""
            raise VerifyError(shown + more, "--skip-bad leaves such images out")


def require_classes(data: str, classes: int, outputs: int) -> None:
    """Raise VerifyError where ``data``, in the user's words, has not as many classes as the network outputs."""
    if classes != outputs:
        raise VerifyError(
            f"{data} has {classes} classes, the network {outputs} outputs",
            "another spec or data set, or --set classes=N",
        )


def takes_pictures(sizes: tuple[int, ...]) -> bool:
    """Whether an input of ``sizes`` is a picture, in colour or in grey: (3, height, width) or (1, height, width)."""
    return len(sizes) == 3 and sizes[0] in (1, 3)
