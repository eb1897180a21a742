"""The meaning of a name in an ONNX file while its network is built.

It is known numbers, a tensor that the file stores, or an activation. Everything is computed for two batch sizes, or for
one if the file fixes it. This shows which values grow with the batch.
"""

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.errors import OpError
from calc.formats import Format
from calc.importing import Value, own_dim
from calc.onnx.stored import FLOATS, MOST_ELEMENTS, FileTensor

if TYPE_CHECKING:
    from numpy import ndarray

Sizes = tuple[int, ...]


class KnownNumbers(NamedTuple):
    """Constant numbers. ``at`` has them for each batch size."""

    at: "tuple[ndarray[Any, Any], ...]"

    @property
    def sizes(self) -> Sizes:
        """The sizes. Raises OpError if they grow with the batch."""
        sizes: Sizes = self.numbers().shape
        return sizes

    @property
    def elements(self) -> int:
        """The number of elements. Raises OpError if it grows with the batch."""
        return prod(self.sizes)

    def numbers(self) -> "ndarray[Any, Any]":
        """Return the numbers if they are equal for every batch size. Raises OpError otherwise."""
        first = self.at[0]
        for other in self.at[1:]:
            if other.shape != first.shape or not bool((other == first).all()):
                raise OpError("a number that it needs depends on the batch size")
        return first

    def along_batch(self) -> "tuple[ndarray[Any, Any], int | None]":
        """Return the numbers for a batch of 1, and the axis that grows with the batch.

        Raises OpError if the numbers differ along this axis, or grow in another way.
        """
        first, other = self.at[0], self.at[-1]
        if first.shape == other.shape:
            return self.numbers(), None
        axes = [axis for axis, sizes in enumerate(zip(first.shape, other.shape, strict=False)) if len(set(sizes)) > 1]
        if first.ndim == other.ndim and len(axes) == 1 and first.shape[axes[0]] == 1 and bool((other == first).all()):
            return first, axes[0]
        raise OpError("a number that it needs depends on the batch size")

    def array(self) -> "ndarray[Any, Any]":
        """Return the numbers. ``HeldWeight`` has a method of the same name."""
        return self.numbers()


class HeldWeight(NamedTuple):
    """A tensor that the file stores as ``stored``, after ``steps``: reshapes, transposes, factors and parts.

    ``codes`` is the format from which it is dequantised, if it is stored as codes.
    """

    stored: FileTensor
    sizes: Sizes
    steps: tuple[tuple[str, Any], ...] = ()
    codes: Format | None = None

    @property
    def elements(self) -> int:
        """The number of elements."""
        return prod(self.sizes)

    @property
    def is_float(self) -> bool:
        """True if the elements are floats."""
        return self.stored.type in FLOATS or self.codes is not None

    def reshaped(self, sizes: Sizes) -> "HeldWeight":
        """Return the tensor with other sizes and the same order of elements."""
        return self if sizes == self.sizes else self._with("reshape", sizes, sizes)

    def transposed(self, order: Sizes) -> "HeldWeight":
        """Return the tensor with its axes in another order."""
        same = order == tuple(range(len(order)))
        return self if same else self._with("transpose", order, tuple([self.sizes[axis] for axis in order]))

    def multiplied(self, factor: float) -> "HeldWeight":
        """Return the tensor multiplied by a number."""
        return self if factor == 1 else self._with("multiply", factor, self.sizes)

    def part(self, axis: int, start: int, stop: int) -> "HeldWeight":
        """Return some positions of an axis."""
        sizes = (*self.sizes[:axis], stop - start, *self.sizes[axis + 1 :])
        return self if sizes == self.sizes else self._with("part", (axis, start, stop), sizes)

    def gates(self, order: Sizes) -> "HeldWeight":
        """Return the tensor with its rows split into equal parts, which are put into the given order."""
        return self if order == tuple(range(len(order))) else self._with("gates", order, self.sizes)

    def array(self) -> "ndarray[Any, Any]":
        """Return all numbers. Raises OpError if they cannot be read."""
        found = self.stored.all_numbers()
        for step, value in self.steps:
            found = _taken(found, step, value)
        return found

    def numbers(self) -> "ndarray[Any, Any]":
        """Return the numbers of a small tensor. Raises OpError if it is large."""
        if self.stored.elements > MOST_ELEMENTS:
            self.stored.numbers()
        return self.array()

    def _with(self, step: str, value: Any, sizes: Sizes) -> "HeldWeight":
        return self._replace(sizes=sizes, steps=(*self.steps, (step, value)))


def _taken(found: "ndarray[Any, Any]", step: str, value: Any) -> "ndarray[Any, Any]":
    made: ndarray[Any, Any]
    if step == "reshape":
        made = found.reshape(value)
    elif step == "transpose":
        made = found.transpose(value)
    elif step == "multiply":
        made = found * found.dtype.type(value)
    elif step == "dequantise":
        made = value(found)
    elif step == "gates":
        made = found.reshape(len(value), -1, *found.shape[1:])[list(value)].reshape(found.shape)
    else:
        axis, start, stop = value
        made = found[(*[slice(None)] * axis, slice(start, stop))]
    return made


class Flow(NamedTuple):
    """An activation: the output of a node of the network, with its sizes in the file for a batch of 1.

    ``bits`` is the width that it was rounded to, if any. ``is_bool`` says that the elements are truth values,
    or integers that were cast from them.
    """

    value: Value
    bits: int | None = None
    is_bool: bool = False

    @property
    def node(self) -> int:
        """The node of the network."""
        return self.value.node

    @property
    def rank(self) -> int:
        """The number of axes of the tensor in the file."""
        return len(self.value.sizes)

    @property
    def sizes(self) -> Sizes:
        """The sizes of the tensor in the file for a batch of 1."""
        return self.value.sizes

    @property
    def batch(self) -> int | None:
        """The axis of the batch, or None."""
        return None if self.value.batch is None else self.value.batch.axis

    def at(self, batch: int) -> Sizes:
        """Return the sizes for another batch size."""
        sizes, axis = self.value.sizes, self.batch
        return sizes if axis is None else (*sizes[:axis], sizes[axis] * batch, *sizes[axis + 1 :])

    def place(self, axis: int) -> int:
        """Return ``axis`` counted from the first one. Raises OpError if it does not exist."""
        at = axis + self.rank if axis < 0 else axis
        if not 0 <= at < self.rank:
            raise OpError(f"axis {axis} is not one of the {self.rank} axes of {sizes_text(self.sizes)}")
        return at

    def dim(self, axis: int) -> int:
        """Return the axis as a spec counts it, where 0 is the batch.

        Raises OpError for the batch or a missing axis.
        """
        return own_dim(self.value, self.place(axis))

    def is_batch(self, axis: int) -> bool:
        """Return whether ``axis`` is the batch axis."""
        return self.batch is not None and self.place(axis) == self.batch


Fixed = KnownNumbers | HeldWeight
Thing = KnownNumbers | HeldWeight | Flow
"""The possible meanings of a name."""


def sizes_text(sizes: Sizes) -> str:
    """Sizes as text for messages."""
    return "×".join(map(str, sizes)) or "one number"
