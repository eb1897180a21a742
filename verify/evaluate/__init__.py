"""Accuracy of a network at chosen bits: weights rounded, activations rounded, images classified."""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.evaluate.cluster import Recipe, on_cluster
    from verify.evaluate.configuration import Configuration, Quantisation, configurations
    from verify.evaluate.evaluate import Evaluator
    from verify.evaluate.measured import Measured, Score
    from verify.evaluate.results import Results, key_of, layers_digest
    from verify.evaluate.weights import load_weights, read_state

__all__ = [
    "Configuration",
    "Evaluator",
    "Measured",
    "Quantisation",
    "Recipe",
    "Results",
    "Score",
    "configurations",
    "key_of",
    "layers_digest",
    "load_weights",
    "on_cluster",
    "read_state",
]

__getattr__ = lazily(
    __name__,
    {
        "Configuration": "configuration",
        "Evaluator": "evaluate",
        "Measured": "measured",
        "Quantisation": "configuration",
        "Recipe": "cluster",
        "Results": "results",
        "Score": "measured",
        "configurations": "configuration",
        "key_of": "results",
        "layers_digest": "results",
        "load_weights": "weights",
        "on_cluster": "cluster",
        "read_state": "weights",
    },
)
