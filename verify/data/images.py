"""What a data set is here: labelled images that are opened one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from PIL.Image import Image


class Images(ABC):
    """``classes`` by index, and for each image its ``labels`` entry and its ``names`` entry.

    ``identity`` is a short text that changes when the images do.
    """

    classes: tuple[str, ...]
    labels: Sequence[int]
    names: Sequence[str]
    identity: str

    @abstractmethod
    def open(self, index: int) -> Image:
        """The image at ``index``, decoded. Raises OSError or ValueError where it is damaged. Thread-safe."""

    def __len__(self) -> int:
        return len(self.labels)
