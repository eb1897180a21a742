"""What measuring a configuration gives: how well the network classified, and what it cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """``hits`` and ``hits5``: for each image in order, whether the class was first, or among the first five.

    ``loss`` is the mean cross-entropy in nats.
    """

    hits: tuple[bool, ...]
    hits5: tuple[bool, ...]
    loss: float

    @property
    def images(self) -> int:
        """Images scored."""
        return len(self.hits)

    @property
    def top1(self) -> float:
        """Per cent of images whose class had the highest score."""
        return 100 * sum(self.hits) / self.images

    @property
    def top5(self) -> float:
        """Per cent of images whose class was among the five highest."""
        return 100 * sum(self.hits5) / self.images


@dataclass(frozen=True)
class Evaluated:
    """The outcome of one configuration. ``widths`` are weight/activation bits; ``skipped`` images were damaged."""

    bits: str
    widths: str
    score: Score
    bitops: dict[str, int | float]
    weight_bytes: int
    skipped: tuple[str, ...]
    seconds: float
