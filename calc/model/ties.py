"""Tied tensors, which several layers share."""

from collections.abc import Mapping, Sequence

from calc.errors import OpError
from calc.model.graph import Bits, Node
from calc.ops.base import Op, Tensors
from calc.shape import Shape, Shapes

WEIGHT = "weight"
"""The tensor whose sizes must agree if layers of different ops are tied."""


def tied_names(op: Op, shapes: Shapes, other: Node, theirs: Tensors) -> list[str]:
    """Return the names of the tensors of ``op`` that are those of ``other``, which has the parameters ``theirs``.

    If both layers have the same op, all tensors must agree. If not, ``weight`` must agree; other tensors with the same
    name and shape are tied too, and the rest belongs to the layer itself. Raises OpError if the tensors do not agree.
    """
    own = op.parameters(shapes)
    same = [name for name, sizes in own.items() if theirs.get(name) == sizes]
    one_op = type(op) is type(other.op)
    if own != theirs if one_op else WEIGHT not in same:
        has, would = _listed(theirs), _listed(own)
        raise OpError(f"shares {other.name} ({other.op.word}), which has {has}; its own would be {would}")
    return [*same, *op.buffers(shapes)] if one_op else same


class OneWidth:
    """The bits that a spec gives to the layers of each tied tensor, which must be stored in one width."""

    def __init__(self) -> None:
        self._written: dict[tuple[int, str], int] = {}

    def check(self, nodes: Sequence[Node], index: int, tied: Mapping[str, int], bits: Bits | None) -> None:
        """Record the ``bits`` of the next layer, ``index``.

        Raises OpError if another layer of the tensor has other bits.

        An owner without MACs, such as an embedding, takes the bits of the first layer that uses its tensor.
        """
        for name, owner in tied.items() if bits is not None else ():
            held = nodes[owner]
            first = owner if held.bits or not held.op.no_macs else self._written.setdefault((owner, name), index)
            if first == index or bits is None:
                continue
            written = nodes[first].bits
            if written is None or written.weight != bits.weight:
                has = "none" if written is None else f"bits={written}"
                fact = f"bits={bits}: its {name} is that of {held.name}, and {nodes[first].name} has {has}"
                raise OpError(fact, "one tensor has one width: write the same bits, or write them once")


def _listed(tensors: Tensors) -> str:
    return ", ".join([f"{name} {Shape(sizes)}".strip() for name, sizes in tensors.items()]) or "no tensors"
