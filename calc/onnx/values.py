"""What a name of an ONNX file stands for while its network is built: numbers that are known, a tensor that the file
holds, or what flows from the inputs.

Everything is worked out for two sizes of the batch side by side (one, where the file fixes it), so that what grows with
the batch can be told from what does not.
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
    """Numbers that are known: ``at`` holds them for each size of the batch."""

    at: "tuple[ndarray[Any, Any], ...]"

    @property
    def sizes(self) -> Sizes:
        """Its sizes. Raises OpError where they grow with the batch."""
        sizes: Sizes = self.numbers().shape
        return sizes

    @property
    def elements(self) -> int:
        """How many numbers it has. Raises OpError as ``sizes`` does."""
        return prod(self.sizes)

    def numbers(self) -> "ndarray[Any, Any]":
        """The numbers, which are the same for every batch. Raises OpError where they are not."""
        first = self.at[0]
        for other in self.at[1:]:
            if other.shape != first.shape or not bool((other == first).all()):
                raise OpError("a number that it needs depends on the batch size")
        return first

    def along_batch(self) -> "tuple[ndarray[Any, Any], int | None]":
        """The numbers at a batch of 1, and the axis that grows with it, along which all have to be the same.

        Raises OpError where they are not, or grow otherwise.
        """
        first, other = self.at[0], self.at[-1]
        if first.shape == other.shape:
            return self.numbers(), None
        axes = [axis for axis, sizes in enumerate(zip(first.shape, other.shape, strict=False)) if len(set(sizes)) > 1]
        if first.ndim == other.ndim and len(axes) == 1 and first.shape[axes[0]] == 1 and bool((other == first).all()):
            return first, axes[0]
        raise OpError("a number that it needs depends on the batch size")

    def array(self) -> "ndarray[Any, Any]":
        """The same, as a tensor of the file gives them."""
        return self.numbers()


class HeldWeight(NamedTuple):
    """A tensor that the file holds, as ``stored``, seen through ``steps``: reshapes, transposes, factors, parts.

    ``codes``: the format that it is dequantised from.
    """

    stored: FileTensor
    sizes: Sizes
    steps: tuple[tuple[str, Any], ...] = ()
    codes: Format | None = None

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return prod(self.sizes)

    @property
    def is_float(self) -> bool:
        """Whether it holds fractions."""
        return self.stored.type in FLOATS or self.codes is not None

    def reshaped(self, sizes: Sizes) -> "HeldWeight":
        """The same numbers in order, in other sizes."""
        return self if sizes == self.sizes else self._with("reshape", sizes, sizes)

    def transposed(self, order: Sizes) -> "HeldWeight":
        """With the axes in another order."""
        same = order == tuple(range(len(order)))
        return self if same else self._with("transpose", order, tuple([self.sizes[axis] for axis in order]))

    def multiplied(self, factor: float) -> "HeldWeight":
        """Times a number."""
        return self if factor == 1 else self._with("multiply", factor, self.sizes)

    def part(self, axis: int, start: int, stop: int) -> "HeldWeight":
        """Some positions of an axis."""
        sizes = (*self.sizes[:axis], stop - start, *self.sizes[axis + 1 :])
        return self if sizes == self.sizes else self._with("part", (axis, start, stop), sizes)

    def gates(self, order: Sizes) -> "HeldWeight":
        """Its rows in as many parts as ``order`` names, in that order."""
        return self if order == tuple(range(len(order))) else self._with("gates", order, self.sizes)

    def array(self) -> "ndarray[Any, Any]":
        """The numbers, all of them. Raises OpError where they cannot be read."""
        found = self.stored.all_numbers()
        for step, value in self.steps:
            found = _taken(found, step, value)
        return found

    def numbers(self) -> "ndarray[Any, Any]":
        """The numbers, of a small tensor. Raises OpError where it is large."""
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
    """What a node of the network puts out, as the tensor that it is in the file, at a batch of 1.

    ``bits``: the width that its numbers were rounded to. ``is_bool``: whether they are yes and no.
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
        """Axes of the tensor in the file."""
        return len(self.value.sizes)

    @property
    def sizes(self) -> Sizes:
        """Those of the tensor in the file at a batch of 1."""
        return self.value.sizes

    @property
    def batch(self) -> int | None:
        """The axis that holds the batch."""
        return None if self.value.batch is None else self.value.batch.axis

    def at(self, batch: int) -> Sizes:
        """The sizes at another batch."""
        sizes, axis = self.value.sizes, self.batch
        return sizes if axis is None else (*sizes[:axis], sizes[axis] * batch, *sizes[axis + 1 :])

    def place(self, axis: int) -> int:
        """``axis``, which may be negative, counted from the first. Raises OpError where there is none."""
        at = axis + self.rank if axis < 0 else axis
        if not 0 <= at < self.rank:
            raise OpError(f"axis {axis} is not one of the {self.rank} axes of {sizes_text(self.sizes)}")
        return at

    def dim(self, axis: int) -> int:
        """An axis in our language, where 0 is the batch. Raises OpError for the batch, and where there is none."""
        return own_dim(self.value, self.place(axis))

    def is_batch(self, axis: int) -> bool:
        """Whether it is the axis that holds the batch."""
        return self.batch is not None and self.place(axis) == self.batch


Fixed = KnownNumbers | HeldWeight
Thing = KnownNumbers | HeldWeight | Flow
"""What a name can stand for."""


def sizes_text(sizes: Sizes) -> str:
    """Sizes for people."""
    return "×".join(map(str, sizes)) or "one number"
