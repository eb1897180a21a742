"""Quantises weights and activations as fake-quantised float32 tensors, and measures the bits that their values need."""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.quantise.activation import ActivationQuantiser, Calibrator
    from verify.quantise.apply import quantise_weights, run_quantised
    from verify.quantise.codes import measured_bits
    from verify.quantise.errors import QuantiseError
    from verify.quantise.learned_step import LearnedStep
    from verify.quantise.quantised import Quantised, quantise, quantise_given
    from verify.quantise.report import LayerReport, layer_report
    from verify.quantise.scheme import Scheme
    from verify.quantise.stored_format import round_to_format

__all__ = [
    "ActivationQuantiser",
    "Calibrator",
    "LayerReport",
    "LearnedStep",
    "QuantiseError",
    "Quantised",
    "Scheme",
    "layer_report",
    "measured_bits",
    "quantise",
    "quantise_given",
    "quantise_weights",
    "round_to_format",
    "run_quantised",
]

__getattr__ = lazily(
    __name__,
    {
        "ActivationQuantiser": "activation",
        "Calibrator": "activation",
        "LayerReport": "report",
        "LearnedStep": "learned_step",
        "QuantiseError": "errors",
        "Quantised": "quantised",
        "Scheme": "scheme",
        "layer_report": "report",
        "measured_bits": "codes",
        "quantise": "quantised",
        "quantise_given": "quantised",
        "quantise_weights": "apply",
        "round_to_format": "stored_format",
        "run_quantised": "apply",
    },
)
