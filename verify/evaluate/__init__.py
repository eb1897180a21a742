"""Measures the accuracy of a network at chosen bits: it rounds weights and activations and classifies images."""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.evaluate.cluster import Recipe, evaluate_on_cluster
    from verify.evaluate.configuration import EvaluatedBits, Quantisation, evaluated_bits
    from verify.evaluate.evaluate import Evaluator
    from verify.evaluate.measured import Evaluated, Score
    from verify.evaluate.results import Results, layers_digest, result_key
    from verify.evaluate.weights import load_weights, read_state

__all__ = [
    "Evaluated",
    "EvaluatedBits",
    "Evaluator",
    "Quantisation",
    "Recipe",
    "Results",
    "Score",
    "evaluate_on_cluster",
    "evaluated_bits",
    "layers_digest",
    "load_weights",
    "read_state",
    "result_key",
]

__getattr__ = lazily(
    __name__,
    {
        "EvaluatedBits": "configuration",
        "Evaluator": "evaluate",
        "Evaluated": "measured",
        "Quantisation": "configuration",
        "Recipe": "cluster",
        "Results": "results",
        "Score": "measured",
        "evaluated_bits": "configuration",
        "result_key": "results",
        "layers_digest": "results",
        "load_weights": "weights",
        "evaluate_on_cluster": "cluster",
        "read_state": "weights",
    },
)
