"""A network as programs that the page runs: one trace of the engine for each structure that the offered values give."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.deploy import deploy
from calc.frozen import FrozenDict
from calc.names import block_of
from calc.page.chosen_bits import ChosenBits
from calc.page.columns import COLUMNS, Row, page_rows
from calc.precision import Policy, resolve
from calc.precision.base import is_quantised
from calc.precision.roles import roles_of
from calc.recorded import value_of
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.tape import Tape, Variable
from calc.tape.atoms import Number
from calc.tape.polynomial import Polynomial
from calc.tape.recording import Recording
from calc.tape.tape import tape_of
from calc.tape.trace import BATCH, polynomial_of, recorded
from calc.workload import workload

NARROWEST, WIDEST = 1, 32
"""The bits that the page lets people choose."""
USUAL_BITS = 8


class Mode(NamedTuple):
    """What is another program whatever the values are: as it is ``deployed``, and at the ``policy`` of that name.

    Without one the bits of each layer are variables. ``fixed``: params that are no numbers.
    """

    deployed: bool
    policy: str | None = None
    fixed: FrozenDict[str, Any] = FrozenDict()


class LayerFacts(NamedTuple):
    """What does not change within a program; sizes, bits and counts by the numbers of their outputs.

    ``quantised``: it has weights to choose bits for.
    """

    name: str
    op: str
    kind: str
    block: str
    in_channels: int | None
    out_channels: int | None
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int | None
    output_shape: tuple[int, ...]
    weight_bits: int | None
    activation_bits: int | None
    quantised: bool
    counts: tuple[int, ...]


class Program(NamedTuple):
    """``outputs`` of the tape are polynomials by number; ``settings``: the bits of layers with MACs by policy."""

    mode: Mode
    tape: Tape
    layers: tuple[LayerFacts, ...]
    settings: Mapping[str, tuple[tuple[int, int] | None, ...]]


class Traceable(NamedTuple):
    """What is traced, the same for all programs of a page. ``policies``: those whose bits are settings of a program."""

    model: ModelSpec
    variables: Sequence[Variable]
    params: Mapping[str, Any]
    sizes: Mapping[str, tuple[int | str, ...]]
    policies: Sequence[str]


def program(subject: Traceable, mode: Mode, at: Mapping[str, Number]) -> Program:
    """The program that is right around the point ``at``. Raises what the engine raises for that point."""
    recording = Recording()
    bounds = dict(subject.variables)
    numbers: dict[str, Any] = {each.name: recorded(recording, each, at[each.name]) for each in subject.variables}
    samples = numbers.pop(BATCH, 1)
    sizes = {
        name: tuple([numbers[size] if isinstance(size, str) else size for size in each])
        for name, each in subject.sizes.items()
    }
    params = {name: number for name, number in numbers.items() if name in subject.model.parameters}
    given = {**subject.params, **mode.fixed, **params}
    unassigned = unassigned_analysis(subject.model, given, sizes, mode.deployed, samples)

    def variable(name: str) -> Any:
        bounds[name] = NARROWEST, WIDEST
        return recorded(recording, Variable(name, bounds[name]), USUAL_BITS)

    policy: Policy = ChosenBits(variable) if mode.policy is None else resolve(mode.policy)
    analysis = unassigned.with_bits(policy)
    settings = {} if mode.policy else {name: _setting(unassigned, resolve(name)) for name in subject.policies}
    outputs = _Outputs()
    layers = tuple([_facts(row, outputs) for row in page_rows(analysis)])
    return Program(mode, tape_of(recording, outputs.named(), bounds), layers, settings)


def constant_program(analysis: Analysis) -> Program:
    """What ``analysis`` counts, as a program without variables."""
    outputs = _Outputs()
    layers = tuple([_facts(row, outputs) for row in page_rows(analysis)])
    return Program(Mode(False), tape_of(Recording(), outputs.named(), {}), layers, {})


class _Outputs:
    """Polynomials, each once, and their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[Polynomial, int] = {}

    def number(self, value: Any) -> int:
        """The number of ``value``."""
        return self._numbers.setdefault(polynomial_of(value), len(self._numbers))

    def optional(self, value: Any) -> int | None:
        """The same, and None for None."""
        return None if value is None else self.number(value)

    def list(self, values: Sequence[Any] | None) -> tuple[int, ...]:
        """The numbers of ``values``, nothing for None."""
        return tuple(map(self.number, values or ()))

    def named(self) -> dict[str, Polynomial]:
        """The polynomials by their numbers as text, in order."""
        return {str(number): p for p, number in self._numbers.items()}


def _facts(row: Row, outputs: _Outputs) -> LayerFacts:
    layer = row.layer
    return LayerFacts(
        layer.name,
        layer.op,
        layer.kind,
        block_of(layer.name),
        outputs.optional(layer.in_channels),
        outputs.optional(layer.out_channels),
        outputs.list(layer.kernel_size),
        outputs.list(layer.stride),
        outputs.optional(layer.groups),
        outputs.list(layer.output_shape),
        outputs.optional(layer.weight_bits),
        outputs.optional(layer.activation_bits),
        is_quantised(row.counts),
        tuple([outputs.number(column.of(row)) for column in COLUMNS]),
    )


def _setting(unassigned: Analysis, policy: Policy) -> tuple[tuple[int, int] | None, ...]:
    """The bits that ``policy`` gives each layer, weights and activations."""
    given = unassigned.with_bits(policy).assigned[len(unassigned.graph.inputs) :]
    return tuple([None if row is None else (value_of(row.bits.weight), value_of(row.bits.activation)) for row in given])


def is_setting(unassigned: Analysis, policy: Policy) -> bool:
    """Whether ``policy`` gives layers with MACs plain widths that the page offers, and says nothing else."""
    found = unassigned.with_bits(policy)
    bits = [row.bits for row in found.assigned if row is not None]
    return (
        roles_of(policy) is None
        and not found.held
        and not any(row.parts for row in found.assigned if row is not None)
        and all(each.format is None and max(each.weight, each.activation) <= WIDEST for each in bits)
    )


def unassigned_analysis(
    model: ModelSpec, params: Mapping[str, Any], sizes: Mapping[str, tuple[Any, ...]], deployed: bool, batch: Any
) -> Analysis:
    """A network that is counted, and has no bits yet; its numbers may be recorded ones."""
    graph = expand(model, params, dict(sizes))
    return Analysis(
        workload=workload(deploy(graph) if deployed else graph, batch), policy="", activations="same",
        bitops_convention="weight", assigned=(), original=graph if deployed else None,
    )  # fmt: skip
