"""The ordinary engine run once on recorded numbers: a spec's expansion, its counts and its totals become a tape."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.precision import Policy, resolve
from calc.quantities import Quantity, quantities, quantity
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.tape.atoms import Bounds, Number
from calc.tape.numbers import RecordedDouble, RecordedInteger
from calc.tape.polynomial import Polynomial, constant, symbol
from calc.tape.recording import Recording
from calc.tape.tape import Tape, tape_of
from calc.workload import workload

BATCH = "batch"


class Variable(NamedTuple):
    """What is not the same in all networks of a tape, and the least and the most that it is."""

    name: str
    bounds: Bounds


def trace(
    model: ModelSpec,
    variables: Sequence[Variable],
    at: Mapping[str, Number],
    wanted: Collection[str] = ("macs", "params"),
    policies: Sequence[str] = ("fp32",),
    params: Mapping[str, Any] | None = None,
    sizes: Mapping[str, tuple[int | str, ...]] | None = None,
    batch: int = 1,
) -> Tape:
    """The tape of ``model`` over ``variables`` that is right around the point ``at``.

    A variable is a param of the spec, the batch, or a name in ``sizes``, those of one sample of inputs by name.
    ``wanted`` are quantities that are integers; one that depends on the bits is there for each of the
    ``policies``, as ``weight_bytes@8``. Raises what the engine raises for the point.
    """
    recording = Recording()
    numbers: dict[str, Any] = {}
    for name, bounds in variables:
        number = recording.variable(name, at[name], bounds)
        is_double = recording.is_double(number)
        numbers[name] = RecordedDouble(recording, number) if is_double else RecordedInteger(recording, symbol(number))
    samples = numbers.pop(BATCH, batch)
    given = {
        name: tuple([numbers[size] if isinstance(size, str) else size for size in each])
        for name, each in (sizes or {}).items()
    }
    varied = {name: number for name, number in numbers.items() if name in model.parameters}
    graph = expand(model, {**(params or {}), **varied}, given)
    network = workload(graph, samples)
    unassigned = Analysis(workload=network, policy="", activations="same", bitops_convention="weight", assigned=())
    asked = [total_named(name) for name in wanted]
    outputs: dict[str, Polynomial] = {}
    for policy in policies:
        outputs |= _outputs(unassigned, resolve(policy), asked)
    return tape_of(recording, outputs, dict(variables))


def total_named(name: str) -> Quantity:
    """The quantity called ``name``, whether locks have it or not. Raises OpError naming the nearest."""
    return next((each for each in quantities() if each.name == name), None) or quantity(name)


def _outputs(unassigned: Analysis, policy: Policy, wanted: Collection[Quantity]) -> dict[str, Polynomial]:
    totals = unassigned.with_bits(policy).totals
    found = {}
    for each in wanted:
        value: Any = each.total(totals)
        name = f"{each.name}@{policy.name}" if each.at_bits else each.name
        found[name] = value.polynomial if isinstance(value, RecordedInteger) else constant(value)
    return found
