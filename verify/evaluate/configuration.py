"""The configurations to measure: a precision policy, and the rules for rounding weights and activations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from calc.analysis import Analysis, analyse
from calc.formats import Format, formats
from calc.precision import is_policy
from calc.spec import ModelSpec
from calc.spec.given import InputSizes
from verify.errors import VerifyError
from verify.quantise import Scheme
from verify.quantise.roundable import is_roundable
from verify.quantise.scheme import MAX_BITS

FLOAT_BITS = 32
HALVES = ("fp16", "bf16")
"""The float formats that weights are rounded to."""


@dataclass(frozen=True)
class Quantisation:
    """The rules for rounding. ``scheme`` is ``symmetric``, ``narrow`` (without the lowest code) or ``affine``.

    ``estimator`` (``max``, ``mse``, ``percentile``) finds the range of weights, and ``activation_estimator`` (``max``,
    ``percentile``) the range of activations over ``calibration`` images. Activations are affine and per tensor. Raises
    QuantiseError if these do not fit together.
    """

    per_channel: bool = True
    scheme: Literal["symmetric", "narrow", "affine"] = "symmetric"
    estimator: Literal["max", "mse", "percentile"] = "max"
    activation_estimator: Literal["max", "percentile"] = "max"
    percentile: float = 99.9
    calibration: int = 128

    def __post_init__(self) -> None:
        _ = self.weight_scheme, self.activation_scheme  # each raises QuantiseError for bad values

    @property
    def weight_scheme(self) -> Scheme:
        """The scheme of weights, at 8 bits and without an axis; both are set for each weight."""
        return Scheme(
            8,
            symmetric=self.scheme != "affine",
            narrow_range=self.scheme == "narrow",
            estimator=self.estimator,
            percentile=self.percentile,
        )

    @property
    def activation_scheme(self) -> Scheme:
        """The scheme of activations, at 8 bits; the width is set for each layer."""
        return Scheme(8, symmetric=False, estimator=self.activation_estimator, percentile=self.percentile)


@dataclass(frozen=True, eq=False)
class EvaluatedBits:
    """A configuration: ``bits`` as the user wrote them, and the analysis at the bits that run."""

    bits: str
    analysis: Analysis

    @property
    def widths(self) -> str:
        """The range of weight bits and of activation bits over the layers: ``2–8/32``."""
        rows = [given.bits for given in self.analysis.assigned if given]
        return "/".join(_span([getattr(row, side) for row in rows]) for side in ("weight", "activation"))

    @property
    def formats(self) -> dict[str, str]:
        """The format by layer, for layers whose weights are rounded to a format and not to plain codes."""
        rows = zip(self.analysis.graph.nodes, self.analysis.assigned, strict=True)
        found = {node.name: given.bits.stored for node, given in rows if given}
        return {layer: stored.name for layer, stored in found.items() if is_more_than_codes(stored)}

    @property
    def part_formats(self) -> dict[str, str]:
        """The format of each single weight that differs from its layer's other weights, by ``layer.weight``."""
        rows = zip(self.analysis.graph.nodes, self.analysis.assigned, strict=True)
        parts = [(node.name, given.parts) for node, given in rows if given and given.parts]
        return {f"{layer}.{part}": stored.name for layer, own in parts for part, stored in own.items()}

    @property
    def layer_bits(self) -> tuple[tuple[str, int, int], ...]:
        """The name, weight bits and activation bits of each layer with MACs."""
        rows = zip(self.analysis.graph.nodes, self.analysis.assigned, strict=True)
        return tuple((node.name, given.bits.weight, given.bits.activation) for node, given in rows if given)


def evaluated_bits(
    model: ModelSpec,
    bits: Iterable[str],
    params: Mapping[str, Any] | None = None,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    activations: str = "written",
) -> list[EvaluatedBits]:
    """Return one configuration for each different policy in ``bits``.

    ``activations`` is an option of calc run, or ``written``. With ``written``, activations are rounded if the policy
    gives them a width of their own (``w8a8``, or a layer whose two widths differ), and stay in float32 if it only says
    ``8`` or ``int4g128``.

    Raises OpError or SpecError for a bad policy or network, and VerifyError for activations of 1 bit.
    """
    found: list[EvaluatedBits] = []
    analysis = analyse(model, params, input)
    for text in dict.fromkeys(bits):
        given = analysis.with_bits(text)
        _check_roundable(text, given)
        reads = activations
        if activations == "written":
            apart = any(row and row.bits.activation != row.bits.usual_activation for row in given.assigned)
            named = text.startswith("w") and is_policy(text)
            reads = "same" if apart or named else str(FLOAT_BITS)
        configuration = EvaluatedBits(text, analyse(analysis.graph, bits=text, activations=reads))
        for name, _, activation_bits in configuration.layer_bits:
            if activation_bits == 1:
                fact = f"--bits {text}: {name}: activations of 1 bit cannot be calibrated"
                raise VerifyError(fact, "use 2 bits or more")
        found.append(configuration)
    return found


def is_more_than_codes(stored: Format) -> bool:
    """Return whether the format is more than plain codes of its width, which a Quantisation rounds to."""
    return stored.name != str(stored.code_bits)


def _check_roundable(text: str, analysis: Analysis) -> None:
    """Raise VerifyError if a layer's weights are in a format that cannot be rounded to."""
    for node, row in zip(analysis.graph.nodes, analysis.assigned, strict=True):
        stored = [] if row is None else [row.bits.stored, *row.parts.values()]
        for each in stored:
            if is_more_than_codes(each) and each.name not in HALVES and not is_roundable(each):
                raise VerifyError(f"--bits {text}: {node.name}: weights cannot be rounded to {each.name}", _hint())


def _hint() -> str:
    by_rule = ", ".join([found.name for found in formats() if is_roundable(found)])
    return (
        f"use codes of 1 to {MAX_BITS} bits, such as 4 or w4a8, {' or '.join(HALVES)}, "
        f"or one of these formats, also with other widths and groups: {by_rule}"
    )


def _span(bits: list[int]) -> str:
    narrowest, widest = min(bits, default=FLOAT_BITS), max(bits, default=FLOAT_BITS)
    return str(widest) if narrowest == widest else f"{narrowest}–{widest}"
