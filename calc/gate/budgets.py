"""Budgets: upper limits of totals, or of single layers, written in a spec or given as ``--max``.

budgets:
  macs: 310M
  bitops.weight@adaptive: 1.1G
  weight_bytes@8: 3.5Mi
  layer.macs: 30M                    # every layer
  layer[classifier.*].params: 1.3M   # the layers of that name; * crosses dots
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis, Layer
from calc.errors import OpError, Place, Problem, SpecError, nearest
from calc.gate.amounts import amount, known_quantity
from calc.gate.snapshot import AT_BITS, total
from calc.precision import NAMED
from calc.precision.uniform import bits_of
from calc.spec import ModelSpec, source

_NAME = re.compile(r"(layer(?:\[(?P<layers>[^]]+)\])?\.)?(?P<quantity>[A-Za-z0-9_.]+)(?:@(?P<policy>.+))?")
_OF_LAYERS: dict[str, Callable[[Layer], int]] = {
    "macs": lambda layer: layer.macs,
    "effective_macs": lambda layer: layer.effective_macs,
    "params": lambda layer: layer.params,
    "buffers": lambda layer: layer.buffers,
    "activation_elements": lambda layer: layer.output_elements,
    "weight_bits_total": lambda layer: layer.weight_bits_total,
    "weight_bytes": lambda layer: (layer.weight_bits_total + 7) // 8,
    "bitops.weight": lambda layer: round(layer.bitops["weight"]),
    "bitops.product": lambda layer: round(layer.bitops["product"]),
    "bitops.uniq": lambda layer: round(layer.bitops["uniq"]),
}


class Budget(NamedTuple):
    """``quantity`` (at ``policy``) may be at most ``limit``; with ``layers``, a glob, that of each such layer.

    ``name`` and ``written`` are as the user wrote them; ``place`` is ``None`` for one of the command line.
    """

    name: str
    quantity: str
    policy: str
    layers: str | None
    limit: Fraction
    written: str
    place: Place | None = None


class Breach(NamedTuple):
    """A budget that is exceeded, by which layer if it is one of layers."""

    budget: Budget
    value: int
    layer: str = ""

    @property
    def excess(self) -> Fraction:
        """How much more than the limit it is."""
        return self.value - self.budget.limit


def budget(name: str, written: str, place: Place | None = None) -> Budget:
    """One budget. Raises OpError for a name that means nothing known and for a limit that is no amount."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise OpError(f"unknown budget {name[:60]!r}", "such as macs, bitops.weight@8 or layer.macs")
    layers = found["layers"] or ("*" if name.startswith("layer.") else None)
    quantity, policy = known_quantity(found["quantity"]), found["policy"] or ""
    if quantity in AT_BITS and not policy:
        raise OpError(f"{quantity} depends on the bits: say at which", f"such as {quantity}@8")
    if policy and quantity not in AT_BITS:
        raise OpError(f"{quantity} does not depend on bits, so takes no @{policy[:40]}")
    if policy and policy not in NAMED and bits_of(policy) is None:
        raise OpError(f"unknown precision {policy[:40]!r}", nearest(policy, [*NAMED, "fp32", "8", "w4a8"]))
    if layers is not None and quantity not in _OF_LAYERS:
        raise OpError(f"{quantity} is of the network, not of a layer", f"of a layer: {', '.join(_OF_LAYERS)}")
    return Budget(name, quantity, policy, layers, amount(written), written, place)


def from_option(text: str) -> Budget:
    """``--max macs=310M``. Raises OpError."""
    name, equals, written = text.rpartition("=")
    if not (name and equals and written):
        raise OpError(f"--max {text[:60]!r}: must be quantity=limit, such as macs=310M")
    try:
        return budget(name, written)
    except OpError as error:
        raise OpError(f"--max {text[:60]}: {error.fact}", error.hint) from None


def of_spec(model: ModelSpec) -> tuple[Budget, ...]:
    """The ``budgets:`` of a spec. Raises SpecError with every one that is wrong."""
    section = model.section("budgets")
    if not isinstance(section, source.Mapping):
        return ()
    found, problems = [], []
    for name, value in section.entries.items():
        place = section.keys[name].place
        try:
            if not isinstance(value, source.Scalar):
                raise OpError("the limit must be one amount, such as 310M")
            found.append(budget(name, value.text, place))
        except OpError as error:
            problems.append(Problem(place, f"budget {name[:60]}: {error.fact}", error.hint))
    if problems:
        raise SpecError(problems)
    return tuple(found)


def breaches(given: Budget, analysis: Analysis) -> tuple[Breach, ...] | None:
    """Where ``analysis`` exceeds the budget; ``None`` if it has no such layer or kind of elements."""
    if given.policy and given.policy != analysis.policy:
        analysis = analysis.with_bits(given.policy)
    if given.layers is not None:
        layers = [layer for layer in analysis.layers if fnmatchcase(layer.name, given.layers)]
        value_of = _OF_LAYERS[given.quantity]
        over = [Breach(given, value_of(layer), layer.name) for layer in layers if value_of(layer) > given.limit]
        return tuple(over) if layers else None
    kind = given.quantity.removeprefix("elementwise.")
    if kind != given.quantity and kind not in analysis.totals.elementwise:
        return None
    value = total(analysis, given.quantity) if kind == given.quantity else analysis.totals.elementwise[kind]
    return (Breach(given, value),) if value > given.limit else ()
