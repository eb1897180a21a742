"""What a data set is here: labelled images that are opened one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PIL.Image import Image

from verify.errors import VerifyError

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

    @abstractmethod
    def open(self, index: int) -> Image:
        """The image at ``index``, decoded. Raises OSError or ValueError where it is damaged. Thread-safe."""

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
