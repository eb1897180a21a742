"""Accuracy of a network at chosen bits: weights rounded, activations rounded, images classified."""

from verify.evaluate.cluster import Recipe, on_cluster
from verify.evaluate.configuration import Configuration, Quantisation, configurations
from verify.evaluate.evaluate import Evaluator, Measured
from verify.evaluate.results import Results, key_of, layers_digest
from verify.evaluate.score import Score, score
from verify.evaluate.weights import check_sums, load_weights, read_state

__all__ = [
    "Configuration",
    "Evaluator",
    "Measured",
    "Quantisation",
    "Recipe",
    "Results",
    "Score",
    "check_sums",
    "configurations",
    "key_of",
    "layers_digest",
    "load_weights",
    "on_cluster",
    "read_state",
    "score",
]
