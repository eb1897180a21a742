"""One row for each layer: its description, and its cost at its bits."""

from typing import NamedTuple

from calc.bitops import CONVENTIONS, BitOps
from calc.counts import Counts
from calc.errors import Origin
from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.ops.base import Aspect
from calc.precision import Assigned, is_quantised

Sizes = tuple[int, ...]


class Layer(NamedTuple):
    """One layer of the network. Counts are for the whole batch, and shapes for one sample.

    ``input_shape`` is that of the first input. ``in_channels`` and ``out_channels`` are None if the channel axis is
    unknown. ``kernel_size``, ``stride`` (per axis) and ``groups`` are None if the op has none. The bits and ``rule``
    are None for a layer without MACs, and ``weight_format`` is None if the weights are plain codes. A product of two
    activations has activation bits on both sides. ``bitops`` has a value for every definition.

    A layer of experts stands for all of its ``experts``. Its shapes are those of one token, and its counts those of all
    tokens, each of which runs ``active_experts``. For other layers both numbers are 1. ``unknown`` names what is not
    known, so that counts are lower bounds.
    """

    name: str
    op: str
    kind: str
    inputs: tuple[str, ...]
    input_shape: Sizes | None
    output_shape: Sizes
    in_channels: int | None
    out_channels: int | None
    kernel_size: Sizes | None
    stride: Sizes | None
    groups: int | None
    params: int
    buffers: int
    weight_elements: int
    macs: int
    effective_macs: int
    weight_bits: int | None
    weight_format: str | None
    activation_bits: int | None
    bitops: BitOps
    weight_bits_total: int
    bytes_moved: int
    elementwise: FrozenDict[str, int]
    output_elements: int
    rule: str | None
    origin: Origin
    training_only: bool
    experts: int
    active_experts: int
    unknown: frozenset[Aspect]

    @property
    def active_params(self) -> int:
        """The number of parameters that one token uses."""
        return self.params // self.experts * self.active_experts


def layer_row(
    graph: Graph, node: Node, counts: Counts, given: Assigned | None, bitops: BitOps | None,
    weight_bits_total: int, narrowed: Format | None, moved_bits: int,
) -> Layer:  # fmt: skip
    """Return the row of one node. ``given`` and ``bitops`` are None for a layer without MACs.

    ``narrowed`` is the format chosen for the tensors of such a layer. ``moved_bits`` are the bits that it reads and
    writes.
    """
    inputs = graph.input_shapes(node)
    return Layer(
        name=node.name,
        op=node.op.word,
        kind=node.op.kind(inputs),
        inputs=tuple([graph.nodes[source].name for source in node.inputs]),
        input_shape=inputs[0].sizes if inputs else None,
        output_shape=node.shape.sizes,
        in_channels=_in_channels(node, graph),
        out_channels=node.shape.channels,
        kernel_size=_per_axis(node, "kernel_size"),
        stride=_per_axis(node, "stride") or _per_axis(node, "kernel_size"),
        groups=getattr(node.op, "groups", None),
        params=counts.params,
        buffers=counts.buffers,
        weight_elements=counts.weight_elements,
        macs=counts.macs,
        effective_macs=counts.effective_macs,
        weight_bits=_weight_bits(counts, given),
        weight_format=given.bits.format.name if given and given.bits.format else None,
        activation_bits=given.bits.activation if given else None,
        bitops=bitops or FrozenDict(dict.fromkeys(CONVENTIONS, 0)),
        weight_bits_total=weight_bits_total,
        bytes_moved=(moved_bits + 7) // 8,
        elementwise=counts.elementwise,
        output_elements=counts.output_elements,
        rule=given.rule if given else None if narrowed is None else f"tensors at {narrowed.name}",
        origin=node.origin,
        training_only=node.unused,
        experts=node.copies,
        active_experts=node.active_of(node.copies),
        unknown=node.unknown,
    )


def _weight_bits(counts: Counts, given: Assigned | None) -> int | None:
    if given is None:
        return None
    return given.bits.weight if is_quantised(counts) else given.bits.activation


def _in_channels(node: Node, graph: Graph) -> int | None:
    """Return the channels of the input. If the axis is unknown, a layer that keeps the rank uses its usual axis."""
    if not node.inputs:
        return None
    x = graph.nodes[node.inputs[0]].shape
    axis = x.channel_axis
    if axis is None and x.rank == node.shape.rank:
        axis = node.shape.channel_axis
    return None if axis is None else x.sizes[axis]


def _per_axis(node: Node, field: str) -> Sizes | None:
    value = getattr(node.op, field, None)
    if value is None or isinstance(value, tuple):
        return value
    return (value,) * getattr(node.op, "rank", 2)  # only unfold has windows and no rank, and torch's is 2-d
