"""Training with rounded weights: full-precision weights underneath, straight-through gradients."""

from verify.train.checkpoint import Checkpoints
from verify.train.options import Epoch, TrainingOptions
from verify.train.trainer import Trainer
from verify.train.weights import WeightQuantiser

__all__ = ["Checkpoints", "Epoch", "Trainer", "TrainingOptions", "WeightQuantiser"]
