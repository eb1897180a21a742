"""The layers as the page stores them. Equal layers are stored once, and values are stored by number."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.frozen import FrozenDict
from calc.names import block_of
from calc.page.columns import LayerColumn, Row
from calc.precision.base import is_quantised
from calc.tape.atoms import Operand
from calc.tape.numbers import RecordedDouble, operand_of
from calc.tape.polynomial import Polynomial
from calc.tape.trace import polynomial_of

PerVariant = Any
"""A value that holds for all variants of a program, or a tuple with one value for each variant."""


class PageLayers(NamedTuple):
    """The layers of a network in order. ``inputs`` has the numbers of those that each reads; inputs are below 0."""

    names: tuple[str, ...]
    blocks: tuple[str, ...]
    inputs: tuple[tuple[int, ...], ...]


class RowFacts(NamedTuple):
    """The facts of a layer that are fixed within a program.

    Sizes, bits and counts are numbers of outputs of the program.

    ``quantised`` says that the layer has weights whose bits can be chosen.
    """

    op: str
    kind: str
    in_channels: int | None
    out_channels: int | None
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int | None
    output_shape: tuple[int, ...]
    weight_bits: PerVariant
    activation_bits: PerVariant
    quantised: bool
    counts: tuple[PerVariant, ...]


class Outputs:
    """The different outputs of a tape, with a number for each."""

    def __init__(self) -> None:
        self._numbers: dict[Polynomial | Operand, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of the output ``value``, which is added if it is new."""
        is_double = isinstance(value, (float, RecordedDouble))
        return self._numbers.setdefault(operand_of(value) if is_double else polynomial_of(value), len(self._numbers))

    def optional(self, value: Any) -> int | None:
        """Return the number of ``value``, or None for None."""
        return None if value is None else self.number(value)

    def list(self, values: Sequence[Any] | None) -> tuple[int, ...]:
        """Return the numbers of ``values``, which are none for None."""
        return tuple(map(self.number, values or ()))

    @property
    def integers(self) -> FrozenDict[str, Polynomial]:
        """The polynomials, by their numbers as text."""
        return FrozenDict({str(at): p for p, at in self._numbers.items() if isinstance(p, tuple)})

    @property
    def doubles(self) -> FrozenDict[str, Operand]:
        """The doubles, by their numbers as text: steps and constants."""
        return FrozenDict({str(at): each for each, at in self._numbers.items() if not isinstance(each, tuple)})


def layers_of(analysis: Analysis) -> PageLayers:
    """Return the layers of the network in ``analysis``."""
    graph = analysis.graph
    inputs = len(graph.inputs)
    nodes = graph.nodes[inputs:]
    names = tuple([node.name for node in nodes])
    reads = tuple([tuple([source - inputs for source in node.inputs]) for node in nodes])
    return PageLayers(names, tuple(map(block_of, names)), reads)


def facts_of(
    variants: Sequence[Sequence[Row]],
    spread: Callable[[Sequence[Any]], tuple[Any, ...]],
    columns: Sequence[LayerColumn],
    outputs: Outputs,
) -> tuple[tuple[RowFacts, ...], tuple[int, ...]]:
    """Return the different facts of the layers, and for each layer the number of its facts.

    ``variants`` has the rows of the same layers under different bits.
    """

    def each(values: list[Any]) -> PerVariant:
        return values[0] if values.count(values[0]) == len(values) else spread(values)

    found: dict[RowFacts, int] = {}
    numbers = []
    for rows in zip(*variants, strict=True):
        layer = rows[0].layer
        facts = RowFacts(
            layer.op,
            layer.kind,
            outputs.optional(layer.in_channels),
            outputs.optional(layer.out_channels),
            outputs.list(layer.kernel_size),
            outputs.list(layer.stride),
            outputs.optional(layer.groups),
            outputs.list(layer.output_shape),
            each([outputs.optional(row.layer.weight_bits) for row in rows]),
            each([outputs.optional(row.layer.activation_bits) for row in rows]),
            is_quantised(rows[0].counts),
            tuple(
                [
                    each([outputs.number(column.of(row)) for row in rows])
                    if column.at_bits
                    else outputs.number(column.of(rows[0]))
                    for column in columns
                ]
            ),
        )
        numbers.append(found.setdefault(facts, len(found)))
    return tuple(found), tuple(numbers)
