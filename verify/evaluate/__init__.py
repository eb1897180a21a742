"""Accuracy of a network at chosen bits: weights rounded, activations rounded, images classified."""

from verify.evaluate.configuration import Configuration, Quantisation, configurations
from verify.evaluate.evaluate import Evaluator, Measured
from verify.evaluate.results import Results
from verify.evaluate.score import Score, score
from verify.evaluate.weights import load_weights, read_state

__all__ = [
    "Configuration",
    "Evaluator",
    "Measured",
    "Quantisation",
    "Results",
    "Score",
    "configurations",
    "load_weights",
    "read_state",
    "score",
]
