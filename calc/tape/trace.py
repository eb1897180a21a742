"""The ordinary engine run once on recorded numbers: a spec's expansion, its counts and its totals become a tape."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.precision import Policy, resolve
from calc.quantities import quantities
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
) -> Tape:
    """The tape of ``model`` over ``variables`` that is right around the point ``at``.

    A variable is a param of the spec, the batch, or a name in ``sizes``, those of one sample of inputs by name.
    ``wanted`` are quantities that are integers; one that depends on the bits is there for each of the ``policies``, as
    ``weight_bytes@8``. Raises what the engine raises for the point.
    """
    recording = Recording()
    numbers: dict[str, Any] = {}
    for name, bounds in variables:
        number = recording.variable(name, at[name], bounds)
        is_double = recording.is_double(number)
        numbers[name] = RecordedDouble(recording, number) if is_double else RecordedInteger(recording, symbol(number))
    batch = numbers.pop(BATCH, 1)
    given = {
        name: tuple([numbers[size] if isinstance(size, str) else size for size in each])
        for name, each in (sizes or {}).items()
    }
    varied = {name: number for name, number in numbers.items() if name in model.parameters}
    graph = expand(model, {**(params or {}), **varied}, given)
    network = workload(graph, batch)
    unassigned = Analysis(workload=network, policy="", activations="same", bitops_convention="weight", assigned=())
    outputs: dict[str, Polynomial] = {}
    for policy in policies:
        outputs |= _outputs(unassigned, resolve(policy), wanted)
    return tape_of(recording, outputs, dict(variables))


def _outputs(unassigned: Analysis, policy: Policy, wanted: Collection[str]) -> dict[str, Polynomial]:
    totals = unassigned.with_bits(policy).totals
    found = {}
    for quantity in quantities():
        if quantity.name in wanted:
            value: Any = quantity.total(totals)
            name = f"{quantity.name}@{policy.name}" if quantity.at_bits else quantity.name
            found[name] = value.polynomial if isinstance(value, RecordedInteger) else constant(value)
    return found
