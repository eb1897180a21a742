"""Records the engine as it runs on recorded numbers. Expansion, counts and totals become a tape."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.deploy import deploy
from calc.errors import OpError, SpecError, nearest
from calc.precision import Policy, resolve
from calc.precision.activations import SAME
from calc.quantities import ELEMENTWISE, Quantity, quantities, quantity
from calc.recorded import RecordedValue
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.tape.atoms import Bounds, Number
from calc.tape.bits import VariedBits
from calc.tape.numbers import RecordedDouble, RecordedInteger, operand_of
from calc.tape.polynomial import Polynomial, constant, symbol
from calc.tape.recording import Recording
from calc.tape.tape import Tape, tape_of
from calc.workload import workload

BATCH = "batch"


class Variable(NamedTuple):
    """A quantity that varies between the points of a tape, with its smallest and largest value."""

    name: str
    bounds: Bounds


class RecordedRun(NamedTuple):
    """A tape, and the errors of the engine, which are the same at all points where the tape is valid.

    ``refused`` has the errors by the name of the policy, whose outputs are missing. An error under an empty name is
    about the network itself, and then there are no outputs.
    """

    tape: Tape
    refused: Mapping[str, SpecError | OpError]


NETWORK = ""
"""The key, in place of a policy, for errors that occur under every policy."""


def taken_samples(model: ModelSpec, numbers: dict[str, Any], batch: Any) -> Any:
    """Remove the batch from ``numbers`` and return it, or return ``batch`` if it is not a variable.

    If the spec has a param with the name of the batch, this name means the param.
    """
    return batch if BATCH in model.parameters else numbers.pop(BATCH, batch)


def trace(
    model: ModelSpec,
    variables: Sequence[Variable],
    at: Mapping[str, Number],
    wanted: Collection[str] = ("macs", "params"),
    policies: Sequence[str | Policy | VariedBits] = ("fp32",),
    params: Mapping[str, Any] | None = None,
    sizes: Mapping[str, tuple[int | str, ...]] | None = None,
    batch: int = 1,
    tells_sizes: bool = False,
    activations: str = SAME,
    deployed: bool = False,
    block_of: Callable[[str], str] | None = None,
) -> Tape:
    """Return the tape of ``model`` over ``variables`` that is valid around the point ``at``.

    A variable is a param of the spec, the batch, a name in ``sizes`` (the sizes of one sample by input), or one of the
    bits in ``policies``. ``wanted`` has the names of totals. A total that depends on the bits is there for each policy,
    as ``weight_bytes@8``, or as ``weight_bytes`` if bits are variables. With ``tells_sizes`` the sizes of the inputs
    are outputs too, under the names of ``size_named``. ``activations`` and ``deployed`` are options of ``analyse``.
    ``block_of`` gives the block of a layer by its name; then the outputs are sums over each block, under the names of
    ``block_named``. Raises the errors of the engine at this point.
    """
    found = recorded_run(
        model, variables, at, wanted, policies, params, sizes, batch, tells_sizes, activations, deployed, block_of
    )
    for error in found.refused.values():
        raise error
    return found.tape


def recorded_run(
    model: ModelSpec,
    variables: Sequence[Variable],
    at: Mapping[str, Number],
    wanted: Collection[str],
    policies: Sequence[str | Policy | VariedBits],
    params: Mapping[str, Any] | None,
    sizes: Mapping[str, tuple[int | str, ...]] | None,
    batch: int,
    tells_sizes: bool = False,
    activations: str = SAME,
    deployed: bool = False,
    block_of: Callable[[str], str] | None = None,
) -> RecordedRun:
    """Do the same as ``trace``, but return the errors of the engine in the result."""
    recording = Recording()
    numbers: dict[str, Any] = {each.name: recorded(recording, each, at[each.name]) for each in variables}
    samples = taken_samples(model, numbers, batch)
    given = {
        name: tuple([numbers[size] if isinstance(size, str) else size for size in each])
        for name, each in (sizes or {}).items()
    }
    varied = {name: number for name, number in numbers.items() if name in model.parameters}
    asked = [total_named(name) for name in wanted]
    found: dict[str, Any] = {}
    refused: dict[str, SpecError | OpError] = {}
    try:
        graph = expand(model, {**(params or {}), **varied}, given)
        unassigned = Analysis(
            workload=workload(deploy(graph) if deployed else graph, samples), policy="", activations=activations,
            bitops_convention="weight", assigned=(), original=graph if deployed else None,
        )  # fmt: skip
    except (SpecError, OpError) as error:
        refused[NETWORK] = error
    else:
        for policy in policies:
            wanted_policy = _resolved(policy, numbers)
            try:
                at_bits = unassigned.with_bits(wanted_policy)
                found |= _totals(at_bits, asked) if block_of is None else _of_blocks(at_bits, asked, block_of)
            except (SpecError, OpError) as error:
                refused[wanted_policy.name] = error
        if tells_sizes:
            for name, of in graph.input_sizes.items():
                found |= {size_named(name, axis): size for axis, size in enumerate(of)}
    for refusal in refused.values():
        str(refusal)  # guards that the numbers in the message stay the same
    doubles = {name: value for name, value in found.items() if isinstance(value, (float, RecordedDouble))}
    tape = tape_of(
        recording,
        {name: polynomial_of(value) for name, value in found.items() if name not in doubles},
        dict(variables),
        {name: operand_of(value) for name, value in doubles.items()},
    )
    return RecordedRun(tape, refused)


def _resolved(policy: str | Policy | VariedBits, numbers: Mapping[str, Any]) -> Policy:
    if isinstance(policy, VariedBits):
        return policy.at(numbers)
    return resolve(policy) if isinstance(policy, str) else policy


def size_named(name: str, axis: int) -> str:
    """Return the name of the output for a size of the input ``name``."""
    return f"{name}:{axis}"


def recorded(recording: Recording, variable: Variable, at: Number) -> RecordedValue:
    """Return ``variable`` as a number for the engine, with the value ``at`` during the recording."""
    number = recording.variable(variable.name, at, variable.bounds)
    if recording.is_double(number):
        return RecordedDouble(recording, number)
    return RecordedInteger(recording, symbol(number))


def polynomial_of(value: Any) -> Polynomial:
    """Return an integer as a polynomial."""
    return value.polynomial if isinstance(value, RecordedInteger) else constant(value)


def total_named(name: str) -> Quantity:
    """Return the quantity called ``name``, including those that locks omit.

    Raises OpError that suggests the nearest name.
    """
    return next((each for each in quantities() if each.name == name), None) or quantity(name)


def is_named(name: str) -> bool:
    """Return whether ``name`` is the name of a total, or of elements of any kind."""
    return name.startswith(ELEMENTWISE) or any(each.name == name for each in quantities())


def check_kind(option: str, name: str, kinds: Collection[str]) -> None:
    """Raise OpError if ``name`` is about elements of a kind that is not among ``kinds``."""
    kind = name.removeprefix(ELEMENTWISE)
    if kind != name and kind not in kinds:
        raise OpError(f"{option} {name[:60]}: there are no elements of this kind", nearest(kind, kinds))


def block_named(total: str, block: str) -> str:
    """Return the name of the output for the part of a total in a block."""
    return f"{total} {block}"


def _totals(at_bits: Analysis, wanted: Collection[Quantity]) -> dict[str, Any]:
    return {_label(each, at_bits): each.total(at_bits.totals) for each in wanted}


def _of_blocks(at_bits: Analysis, wanted: Collection[Quantity], block_of: Callable[[str], str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in wanted:
        for layer in at_bits.layers:
            name = block_named(_label(each, at_bits), block_of(layer.name))
            assert each.of_layer is not None  # it is a sum over layers
            found[name] = found.get(name, 0) + each.of_layer(layer)
    return found


def _label(each: Quantity, at_bits: Analysis) -> str:
    return f"{each.name}@{at_bits.policy}" if each.at_bits and at_bits.policy else each.name
