"""The settings of a training run and the row that each epoch adds to its log."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True)
class TrainingOptions:
    """The settings of a run.

    ``learning_rate`` falls to 0 by a cosine. ``learned_steps`` means LSQ, not max|w| / qmax.
    """

    epochs: int = 5
    batch_size: int = 64
    optimiser: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    learned_steps: bool = False
    per_channel: bool = False
    augment: bool = False
    seed: int = 0


class Epoch(NamedTuple):
    """One row of the log: losses in nats, accuracies in per cent, and ``learning_rate`` at the start of the epoch.

    Training figures are means over the epoch, while the weights change; validation is after the epoch.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
