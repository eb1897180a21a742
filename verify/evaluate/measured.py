"""The result of measuring a configuration: the accuracy and the cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """The accuracy of one run.

    ``hits`` and ``hits5`` say for each image whether its class was first or in the first five. ``loss`` is the mean
    cross-entropy in nats.
    """

    hits: tuple[bool, ...]
    hits5: tuple[bool, ...]
    loss: float

    @property
    def images(self) -> int:
        """The number of images that were scored."""
        return len(self.hits)

    @property
    def top1(self) -> float:
        """The percentage of images whose class had the highest score."""
        return 100 * sum(self.hits) / self.images

    @property
    def top5(self) -> float:
        """The percentage of images whose class was among the five highest scores."""
        return 100 * sum(self.hits5) / self.images


@dataclass(frozen=True)
class Evaluated:
    """The result of one configuration. ``widths`` are weight/activation bits; ``skipped`` names the damaged images."""

    bits: str
    widths: str
    score: Score
    bitops: dict[str, int | float]
    weight_bytes: int
    skipped: tuple[str, ...]
    seconds: float
