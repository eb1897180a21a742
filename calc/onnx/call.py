"""A node with its inputs, as the rules see it: its attributes, its inputs, and functions that add its layers."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.model.graph import Bits
from calc.onnx.building import Building
from calc.onnx.constants import as_integers
from calc.onnx.model import OnnxNode, OnnxPlace
from calc.onnx.values import Fixed, Flow, HeldWeight, KnownNumbers, Sizes, Thing, sizes_text


class NodeCall:
    """A node of the file together with its inputs."""

    def __init__(self, building: Building, node: OnnxNode, things: tuple[Thing | None, ...]) -> None:
        self.building = building
        self.draft = building.draft
        self.node = node
        self.things = things
        self.place = OnnxPlace(building.model.path, node.shown)

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return the value of an attribute, or ``default``."""
        return self.node.attributes.get(name, default)

    def has(self, at: int) -> bool:
        """Return whether the node has input ``at``."""
        return at < len(self.things) and self.things[at] is not None

    def thing(self, at: int) -> Thing:
        """Return the input ``at``. Raises OpError if it is missing."""
        found = self.things[at] if at < len(self.things) else None
        if found is None:
            raise OpError(f"its input {at} is missing")
        if isinstance(found, HeldWeight) and found.stored.type == "string":
            raise OpError(f"its input {at}, {found.stored.name[:60]}, is text, not numbers")
        return found

    def flow(self, at: int = 0) -> Flow:
        """Return the input ``at`` as an activation. A tensor of the file becomes a layer that holds it."""
        thing = self.spread(self.thing(at))
        return thing if isinstance(thing, Flow) else self.tensor(thing, thing.sizes)

    def spread(self, thing: Thing) -> Thing:
        """Return ``thing``, except that known numbers which repeat with the batch become a tensor shared by all
        samples.
        """
        if not isinstance(thing, KnownNumbers):
            return thing
        numbers, axis = thing.along_batch()
        if axis is None:
            return thing
        sizes = tuple(numbers.shape)
        node = self.tensor(KnownNumbers((numbers,)), (*sizes[:axis], *sizes[axis + 1 :])).node
        return Flow(Value(node, sizes, BatchAxis(axis)))

    def fixed(self, at: int) -> Fixed | None:
        """Return the input ``at``, or None if it is an activation."""
        thing = self.thing(at)
        return None if isinstance(thing, Flow) else thing

    def held(self, at: int) -> HeldWeight | None:
        """Return the input ``at`` if it is a tensor of the file, and None otherwise."""
        thing = self.thing(at)
        return thing if isinstance(thing, HeldWeight) else None

    def numbers(self, at: int) -> Any:
        """Return the numbers of input ``at``, or None if it is missing. Raises OpError if they are not constant."""
        if not self.has(at):
            return None
        thing = self.thing(at)
        if isinstance(thing, Flow):
            raise OpError(
                f"its input {at} ({self.node.inputs[at][:60]}) must be a constant, but depends on the network's input"
            )
        return thing.numbers()

    def integers(self, at: int) -> tuple[int, ...] | None:
        """Return the numbers of input ``at`` as integers."""
        found = self.numbers(at)
        return None if found is None else as_integers(found)

    def integers_at_batches(self, at: int) -> list[tuple[int, ...]]:
        """Return the integers of input ``at`` for each batch size."""
        thing = self.thing(at)
        if isinstance(thing, Flow):
            raise OpError(
                f"its input {at} ({self.node.inputs[at][:60]}) must be a constant, but depends on the network's input"
            )
        found = thing.at if isinstance(thing, KnownNumbers) else (thing.numbers(),) * len(self.building.batches)
        return [as_integers(array) for array in found]

    def numbers_at_first_batch(self, at: int) -> Any:
        """Return the numbers of input ``at`` for the first batch size, or None if it is missing."""
        if not self.has(at):
            return None
        thing = self.thing(at)
        return thing.at[0] if isinstance(thing, KnownNumbers) else self.numbers(at)

    def numbers_at_last_batch(self, at: int) -> Any:
        """Return the numbers of input ``at`` for the last batch size, or None if it is missing."""
        thing = self.thing(at) if self.has(at) else None
        return thing.at[-1] if isinstance(thing, KnownNumbers) else self.numbers_at_first_batch(at)

    def number(self, at: int) -> float | None:
        """Return the single number of input ``at``, or None.

        The result is None if the input is missing, an activation, or several numbers.
        """
        if not self.has(at):
            return None
        thing = self.thing(at)
        if isinstance(thing, Flow) or (isinstance(thing, HeldWeight) and thing.elements != 1):
            return None
        if isinstance(thing, KnownNumbers) and any(each.size != 1 for each in thing.at):
            return None
        found = thing.numbers()
        return as_float(found.reshape(-1)[0]) if found.size == 1 else None

    def name(self, word: str, parameter: str = "") -> str:
        """Return a name for the layer that the node becomes."""
        return self.building.names.of(self.node, word, parameter)

    def beside(self, word: str) -> str:
        """Return a name for one of several layers that the node becomes."""
        return self.building.names.beside(self.node, word)

    def layer(
        self, word: str, inputs: Sequence[int], *, name: str | None = None, bits: Bits | None = None,
        shares: int | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """Add a layer to the network and return its node. Raises OpError or SpecError if it is invalid."""
        name = self.name(word) if name is None else name
        return self.draft.layer(name, word, inputs, self.place, bits=bits, shares=shares, **fields)

    def holds(self, node: int, name: str, thing: Fixed) -> None:
        """Record that the tensor ``name`` of the layer ``node`` is ``thing`` in the file."""
        key = self.draft.name(node)
        self.building.weights[f"{key}.{name}" if name else key] = thing

    def tensor(self, thing: Fixed, sizes: Sizes, *, buffer: bool | None = None, of_ids: bool = False) -> Flow:
        """Return a tensor of the file as a layer with the given ``sizes``. It becomes one layer, however often it is
        read.

        ``of_ids`` says that it is combined with token ids, so that it stays an integer tensor.
        """
        if not sizes or 0 in sizes:
            if not sizes:
                sizes = (1,)
            else:
                raise OpError(f"a tensor of {sizes_text(sizes)} has no elements")
        if isinstance(thing, HeldWeight):
            whole = self._of_a_part(thing, sizes)
            if whole is not None:
                return whole
            thing = thing.reshaped(sizes)
            is_vector = max(sizes) == thing.elements  # exporters store equal vectors only once
            key: tuple[Any, ...] = (thing.stored.name, thing.steps, self.node.at if is_vector else -1)
            name, is_buffer = thing.stored.name, not thing.stored.learnt or not thing.is_float
            codes = thing.codes
        else:
            array = thing.numbers().reshape(sizes)
            thing = KnownNumbers((array,))
            key = (array.tobytes(), array.shape, str(array.dtype))
            name, is_buffer, codes = "", True, None
        key = (*key, of_ids)
        index = self.building.tensors.get(key)
        if index is None:
            name = self.building.names.of_tensor(name, self.node)
            is_buffer = is_buffer if buffer is None else buffer
            integers: dict[str, Any] = {"dtype": "int64"} if of_ids else {}
            index = self.layer("tensor", (), name=name, shape=sizes, buffer=is_buffer, **integers)
            self.building.tensors[key] = index
            self.holds(index, "", thing)
            if codes is not None:
                self.draft.held[index] = codes
        return Flow(Value(index, sizes, None))

    def _of_a_part(self, thing: HeldWeight, sizes: Sizes) -> Flow | None:
        """Return some rows of a table of the file, as a slice of a layer that has the whole table.

        The result is None for anything other than such rows.
        """
        words = [word for word, _ in thing.steps]
        if not thing.stored.learnt or thing.stored.joined or words.count("part") != 1 or words[:1] != ["part"]:
            return None
        if set(words[1:]) - {"reshape"}:
            return None
        axis, start, stop = thing.steps[0][1]
        whole = HeldWeight(thing.stored, thing.stored.sizes, codes=thing.codes)
        table = self.tensor(whole, whole.sizes)
        end = None if stop == whole.sizes[axis] else stop
        index = self.layer("slice", (table.node,), name=self.beside("slice"), dim=axis + 1, start=start, end=end)
        return Flow(Value(self.draft.regroup(self.prefix, index, sizes), sizes, None))

    def out(self, index: int, batch: BatchAxis | None, like: Flow | None = None) -> Flow:
        """Return the output of the node ``index``, whose samples are on the axis ``batch`` of the tensor in
        the file.
        """
        sample = self.draft.sizes(index)
        if batch is None:
            return Flow(Value(index, sample, None), like.bits if like else None)
        axis, folded = batch.axis, batch.folded
        sizes = (*sample[:axis], folded, *(sample[axis + 1 :] if folded > 1 else sample[axis:]))
        return Flow(Value(index, sizes, batch), like.bits if like else None)

    def same(self, x: Flow, index: int) -> list[Thing | None]:
        """Return the output of a layer that keeps the axes of ``x``."""
        return [self.out(index, x.value.batch)]

    def channels_at(self, x: Flow, axis: int) -> int:
        """Return the node of ``x``, with its channels declared to be on ``axis`` of the tensor in the file."""
        sample_rank = len(x.value.sample)
        return self.draft.with_channels(self.prefix, x.node, x.dim(axis) - 1 - sample_rank)

    def channels_not_elsewhere(self, x: Flow, axis: int) -> int:
        """Do the same as ``channels_at``, but declare nothing if the channel axis is unknown."""
        sample_rank = len(x.value.sample)
        return self.draft.without_channels_elsewhere(self.prefix, x.node, x.dim(axis) - 1 - sample_rank)

    @property
    def prefix(self) -> str:
        """The prefix for the names of further layers of this node."""
        return self.building.names.prefix(self.node)


def as_float(number: Any) -> float:
    """Return a number of numpy as a Python float: 0.2 instead of the float32 nearest to it."""
    import numpy as np

    if isinstance(number, np.bool_) or not isinstance(number, np.floating) or number.dtype.itemsize >= 8:
        return float(number)
    found = float(str(number))  # the text of the largest float32 is rounded up
    return found if abs(found) <= float(np.finfo(number.dtype).max) else float(number)
