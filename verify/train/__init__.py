"""Trains networks with rounded weights, with stored weights in full precision and straight-through gradients."""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.train.checkpoint import Checkpoints
    from verify.train.options import Epoch, TrainingOptions
    from verify.train.trainer import Trainer
    from verify.train.weights import WeightQuantiser

__all__ = ["Checkpoints", "Epoch", "Trainer", "TrainingOptions", "WeightQuantiser"]

__getattr__ = lazily(
    __name__,
    {
        "Checkpoints": "checkpoint",
        "Epoch": "options",
        "Trainer": "trainer",
        "TrainingOptions": "options",
        "WeightQuantiser": "weights",
    },
)
