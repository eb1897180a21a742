"""Budgets: upper limits of totals, or of single layers, written in a spec or given as ``--max``.

budgets:
  macs: 310M
  bitops.weight@adaptive: 1.1G
  weight_bytes@8: 3.5Mi
  layer.macs: 30M                    # every layer
  layer[classifier.*].params: 1.3M   # the layers of that name; * crosses dots
  known.macs: 310M                   # of what is counted, where some layers are opaque
  deployed:                          # of the network with norms folded and activations fused; deployed.arena@8 in --max
    flash@8: 2Mi
    arena@8: 512Ki
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from calc.amounts import amount
from calc.analysis import Analysis, analyse
from calc.errors import OpError, Place, Problem, SpecError
from calc.gate.limited import FLASH, Limited, limited_of
from calc.precision import is_policy, unknown_precision
from calc.quantities import ELEMENTWISE, adding_more, quantities
from calc.spec import ModelSpec, source

DEPLOYED = "deployed"
"""The prefix of budgets on the deployed network, and the key above them in a spec."""
KNOWN = "known"
"""The prefix of budgets that limit only what is counted, if the total is a lower bound."""
_NAME = re.compile(
    rf"({DEPLOYED}\.)?(?P<known>{KNOWN}\.)?(?P<layer>layer(?:\[(?P<layers>[^]]+)\])?\.)?"
    r"(?P<quantity>[A-Za-z0-9_.]+)(?:@(?P<policy>.+))?"
)


class Budget(NamedTuple):
    """An upper ``limit`` of ``quantity`` at ``policy``. With ``layers``, a glob, it applies to each of these layers.

    With ``deployed`` it is on the deployed network. With ``known`` it is on what is counted, whatever a lower bound
    leaves out. ``name`` and ``written`` are as the user wrote them. ``place`` is ``None`` for a budget of the command
    line.
    """

    name: str
    quantity: Limited
    policy: str
    layers: str | None
    deployed: bool
    known: bool
    limit: Fraction
    written: str
    place: Place | None = None


class Breach(NamedTuple):
    """A budget that is exceeded, or is not known to be kept.

    ``layer`` is the layer that exceeds it, if it is on layers.

    ``at`` is the layer at the peak of memory. If ``value`` is a lower bound, ``unknown`` has the layers that are not
    fully known. The budget is then not known to be kept even if the value is within it.
    """

    budget: Budget
    value: int
    layer: str = ""
    at: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """True if the counted value alone exceeds the limit."""
        return self.value > self.budget.limit

    @property
    def excess(self) -> Fraction:
        """The difference between the value and the limit."""
        return self.value - self.budget.limit


def budget(name: str, written: str, place: Place | None = None) -> Budget:
    """Return one budget. Raises OpError for a name that means nothing known and for a limit that is not an amount."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise OpError(f"unknown budget {name[:60]!r}", "such as macs, bitops.weight@8 or layer.macs")
    deployed = name.startswith(f"{DEPLOYED}.")
    layers = found["layers"] or ("*" if found["layer"] else None)
    limited, policy = limited_of(found["quantity"]), found["policy"] or ""
    if limited.name == FLASH and not deployed:
        hint = f"write {DEPLOYED}.{FLASH}@8, in a spec under {DEPLOYED}:, or weight_bytes@8"
        raise OpError(f"{FLASH} is a quantity of the deployed network", hint)
    if limited.at_bits and not policy:
        raise OpError(f"{limited.name} depends on the bits: say at which", f"such as {limited.name}@8")
    if policy and not limited.at_bits:
        raise OpError(f"{limited.name} does not depend on bits, so takes no @{policy[:40]}")
    if policy and not is_policy(policy):
        raise unknown_precision(policy)
    if layers is not None and limited.of_layer is None:
        of_layers = [each.name for each in quantities("lock") if each.of_layer is not None]
        fact = f"{limited.name} is a quantity of the network, not of a layer"
        raise OpError(fact, f"quantities of layers: {', '.join(of_layers)}")
    known = found["known"] is not None
    return Budget(name, limited, policy, layers, deployed, known, amount(written), written, place)


def from_option(text: str) -> Budget:
    """Read ``--max macs=310M``. Raises OpError."""
    name, equals, written = text.rpartition("=")
    if not (name and equals and written):
        raise OpError(f"--max {text[:60]!r}: must be quantity=limit, such as macs=310M")
    try:
        return budget(name, written)
    except OpError as error:
        raise OpError(f"--max {text[:60]}: {error.fact}", error.hint) from None


def budgets_from_options(texts: Iterable[str]) -> list[Budget]:
    """Read every ``--max``. Raises OpError for the first that is wrong, and for two limits on one quantity."""
    found: dict[tuple[object, ...], Budget] = {}
    for given in map(from_option, texts):
        key = (given.quantity.name, given.policy, given.layers, given.deployed, given.known)
        if key in found:
            fact = f"two --max are on {given.name[:60]}: {found[key].written} and {given.written}"
            raise OpError(fact, "the smaller one is enough")
        found[key] = given
    return list(found.values())


def of_spec(model: ModelSpec) -> tuple[Budget, ...]:
    """Return the ``budgets:`` of a spec. Raises SpecError with every budget that is wrong."""
    section = model.section("budgets")
    if not isinstance(section, source.Mapping):
        return ()
    found, problems = [], []
    for name, value, place in _entries(section):
        try:
            if name == DEPLOYED:
                raise OpError("must be a mapping of budgets", f"such as {DEPLOYED}: {{{FLASH}@8: 2Mi}}")
            if not isinstance(value, source.Scalar):
                raise OpError("the limit must be one amount, such as 310M")
            found.append(budget(name, value.text, place))
        except OpError as error:
            problems.append(Problem(place, f"budget {name[:60]}: {error.fact}", error.hint))
    if problems:
        raise SpecError(problems)
    return tuple(found)


def _entries(section: source.Mapping) -> Iterator[tuple[str, source.Value, Place]]:
    """Yield each budget under its full name. The names of those under ``deployed:`` begin with this word."""
    for name, key in section.keys().items():
        value = section.entries[name]
        if name == DEPLOYED and isinstance(value, source.Mapping):
            for inner, inner_key in value.keys().items():
                yield f"{DEPLOYED}.{inner}", value.entries[inner], inner_key.place
        else:
            yield name, value, key.place


def breaches(given: Budget, analysis: Analysis) -> tuple[Breach, ...] | None:
    """Return the breaches of the budget by ``analysis``; ``None`` if it has no such layer or kind of elements."""
    if given.deployed:
        analysis = analyse(analysis.graph, bits=given.policy or "fp32", batch=analysis.batch, deployed=True)
    elif given.policy and given.policy != analysis.policy:
        analysis = analysis.with_bits(given.policy)
    kind = given.quantity.name.removeprefix(ELEMENTWISE)
    if kind != given.quantity.name and kind not in analysis.totals.elementwise and "work" not in analysis.unknown:
        return None
    of_layer = given.quantity.of_layer
    if given.layers is not None and of_layer is not None:
        layers = [layer for layer in analysis.layers if fnmatchcase(layer.name, given.layers)]
        found = [
            Breach(given, round(of_layer(layer)), layer.name, unknown=adding_more(given.quantity.name, [layer]))
            for layer in layers
        ]
        return tuple(filter(_is_told, found)) if layers else None
    value, at = given.quantity.of_network(analysis)
    unknown = adding_more(given.quantity.name, analysis.layers)
    return tuple(filter(_is_told, [Breach(given, value, at=at, unknown=unknown)]))


def _is_told(breach: Breach) -> bool:
    return breach.is_certain or bool(breach.unknown and not breach.budget.known)
