"""Budgets: upper limits of totals, or of single layers, written in a spec or given as ``--max``.

budgets:
  macs: 310M
  bitops.weight@adaptive: 1.1G
  weight_bytes@8: 3.5Mi
  layer.macs: 30M                    # every layer
  layer[classifier.*].params: 1.3M   # the layers of that name; * crosses dots
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from calc.amounts import amount
from calc.analysis import Analysis
from calc.errors import OpError, Place, Problem, SpecError, nearest
from calc.precision import NAMED
from calc.precision.uniform import uniform_bits
from calc.quantities import ELEMENTWISE, Quantity, quantities, quantity
from calc.spec import ModelSpec, source

_NAME = re.compile(r"(layer(?:\[(?P<layers>[^]]+)\])?\.)?(?P<quantity>[A-Za-z0-9_.]+)(?:@(?P<policy>.+))?")


class Budget(NamedTuple):
    """``quantity`` (at ``policy``) may be at most ``limit``; with ``layers``, a glob, that of each such layer.

    ``name`` and ``written`` are as the user wrote them; ``place`` is ``None`` for one of the command line.
    """

    name: str
    quantity: Quantity
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
    limited, policy = quantity(found["quantity"]), found["policy"] or ""
    if limited.at_bits and not policy:
        raise OpError(f"{limited.name} depends on the bits: say at which", f"such as {limited.name}@8")
    if policy and not limited.at_bits:
        raise OpError(f"{limited.name} does not depend on bits, so takes no @{policy[:40]}")
    if policy and policy not in NAMED and uniform_bits(policy) is None:
        raise OpError(f"unknown precision {policy[:40]!r}", nearest(policy, [*NAMED, "fp32", "8", "w4a8"]))
    if layers is not None and limited.of_layer is None:
        of_layers = [each.name for each in quantities("lock") if each.of_layer is not None]
        raise OpError(f"{limited.name} is of the network, not of a layer", f"of a layer: {', '.join(of_layers)}")
    return Budget(name, limited, policy, layers, amount(written), written, place)


def from_option(text: str) -> Budget:
    """``--max macs=310M``. Raises OpError."""
    name, equals, written = text.rpartition("=")
    if not (name and equals and written):
        raise OpError(f"--max {text[:60]!r}: must be quantity=limit, such as macs=310M")
    try:
        return budget(name, written)
    except OpError as error:
        raise OpError(f"--max {text[:60]}: {error.fact}", error.hint) from None


def budgets_from_options(texts: Iterable[str]) -> list[Budget]:
    """Every ``--max``. Raises OpError for the first that is wrong, and for two limits on one quantity."""
    found: dict[tuple[str, str, str | None], Budget] = {}
    for given in map(from_option, texts):
        key = (given.quantity.name, given.policy, given.layers)
        if key in found:
            fact = f"two --max are on {given.name[:60]}: {found[key].written} and {given.written}"
            raise OpError(fact, "the smaller one is enough")
        found[key] = given
    return list(found.values())


def of_spec(model: ModelSpec) -> tuple[Budget, ...]:
    """The ``budgets:`` of a spec. Raises SpecError with every one that is wrong."""
    section = model.section("budgets")
    if not isinstance(section, source.Mapping):
        return ()
    found, problems = [], []
    for name, key in section.keys().items():
        value, place = section.entries[name], key.place
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
    of_layer = given.quantity.of_layer
    if given.layers is not None and of_layer is not None:
        layers = [layer for layer in analysis.layers if fnmatchcase(layer.name, given.layers)]
        values = [(layer.name, round(of_layer(layer))) for layer in layers]
        return tuple([Breach(given, value, name) for name, value in values if value > given.limit]) if layers else None
    kind = given.quantity.name.removeprefix(ELEMENTWISE)
    if kind != given.quantity.name and kind not in analysis.totals.elementwise:
        return None
    value = given.quantity.integer(analysis.totals)
    return (Breach(given, value),) if value > given.limit else ()
