"""Handles ``bits:`` by part: widths of single tensors of a fused op, such as the two matrices of a recurrent layer."""

from collections.abc import Mapping

from calc.errors import OpError, nearest
from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.builder import GraphBuilder
from calc.model.graph import Bits
from calc.ops.base import Parameter

Widths = Bits | Mapping[str, Bits] | None
"""The width of a layer, or the widths of its parts by name."""


def narrow(builder: GraphBuilder, first: int, bits: Widths) -> None:
    """Store ``bits`` on the layers from ``first`` on, or widths by part on the one layer there. Raises OpError."""
    if isinstance(bits, Mapping):
        _narrow_parts(builder, first, bits)
    elif bits is not None:
        builder.narrow_held(first, bits)


def _narrow_parts(builder: GraphBuilder, first: int, widths: Mapping[str, Bits]) -> None:
    """Store the formats of the parts that ``widths`` names on the one layer from ``first`` on.

    A part is the name of a tensor, or the start of the names of several. In the second case it means the weights among
    them, or all of them if there are no weights. Tensors that no part names keep the bits around the layer. If there
    are none and every weight is named, activations get the widest of the widths. Raises OpError for a part that the
    layer does not have.
    """
    layers = len(builder.nodes) - first
    if layers != 1:
        raise OpError(f"bits by part are for one op, this member has {layers} layers", "write one width: bits: 8")
    node = builder.nodes[first]
    inputs = tuple([builder.nodes[source].shape for source in node.inputs])
    names = [name for name in node.op.parameters(inputs) if name not in node.tied]
    products = [] if node.training_only else node.op.macs(inputs, node.shape)
    weights = [name for name in names if Parameter(name) in {product.weight for product in products}]
    if not weights:
        raise OpError("bits by part are for a layer that multiplies tensors of its own", "write one width: bits: 8")
    found: dict[str, Format] = {}
    for part, bits in sorted(
        widths.items(), key=lambda item: len(item[0])
    ):  # longer parts come last, so they override shorter ones
        of_part = [name for name in names if name == part or (name.startswith(part) and name[len(part)] in "._")]
        if not of_part:
            raise OpError(f"bits: the layer has no part {part[:60]}", nearest(part, names))
        meant = of_part if part in of_part else [name for name in of_part if name in weights] or of_part
        if bits.format is None and bits.weight != bits.activation:
            raise OpError(f"bits of the part {part}: {bits}: a part takes one width", "write one number, such as 4")
        found |= dict.fromkeys(meant, bits.stored)
    if node.bits is None and all(product.weight is not None and str(product.weight) in found for product in products):
        widest = max([found[name].code_bits for name in weights])
        node = node._replace(bits=Bits(widest, widest))
    builder.nodes[first] = node._replace(part_formats=FrozenDict(found))
