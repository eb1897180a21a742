"""The tensors that a layer holds, learnable ones and states, each with its role."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from calc.errors import OpError
from calc.model.graph import Node
from calc.model.unrun import larger_maps
from calc.ops.base import HeldRole, Op, Parameter, Product
from calc.shape import Shapes

STATE = "state"
"""The name of the tensor that an op keeps from call to call."""
FULL = "full state"
"""The name of this tensor if further tokens add nothing to it."""


class HeldTensor(NamedTuple):
    """A tensor: its name in its layer, its sizes, its role, and how many copies of it there are."""

    name: str
    sizes: tuple[int, ...]
    role: HeldRole
    copies: int = 1


def held_tensors(
    node: Node, inputs: Shapes, learnt: Mapping[str, tuple[int, ...]], products: Sequence[Product]
) -> Iterator[HeldTensor]:
    """Yield each of the ``learnt`` tensors of ``node``, which are sizes by name, with its role.

    A tensor that one of ``products`` multiplies is a weight. A layer that does not run counts as if it ran. The op says
    the role of any other tensor.
    """
    if node.training_only and learnt:
        products = _products_unrun(node, inputs)
    weights = {product.weight for product in products}
    for name, sizes in learnt.items():
        is_weight = Parameter(name) in weights
        yield HeldTensor(name, sizes, "weight" if is_weight else node.op.role_of(name or node.name), node.copies)


def state_tensors(op: Op, inputs: Shapes, samples: int) -> tuple[HeldTensor, ...]:
    """Return the states that ``op`` keeps from call to call, with a copy for each of the ``samples``."""
    state = op.state(inputs)
    if state is None:
        return ()
    return (HeldTensor(STATE if state.grows else FULL, (state.entries, *state.sizes), "state", samples),)


def _products_unrun(node: Node, inputs: Shapes) -> tuple[Product, ...]:
    """Return the products that a layer would have if it ran, on larger maps if those here are too small for it."""
    for shapes in (inputs, *larger_maps(inputs)):
        try:
            return node.op.macs(shapes, node.op.output_shape(shapes))
        except OpError:
            continue
    return ()  # the builder has found a map that fits, so this line is not reached
