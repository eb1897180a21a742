"""Builds a network step by step: an importer adds layers, and all problems are reported together at the end."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from calc.errors import OpError, Origin, Problem, SpecError
from calc.importing.again import reordered, run_again, tensors_first, unread_first
from calc.importing.channels import declared_at, declaring, source_of_axes
from calc.importing.hidden import names_in_sight
from calc.importing.names import LayerNames
from calc.importing.purpose import names_by_purpose
from calc.importing.regroup import Sizes, regroup
from calc.model.builder import GraphBuilder
from calc.model.graph import Graph
from calc.model.tensor import Dtype
from calc.ops import op_class
from calc.ops.base import Op
from calc.ops.base.input import Channels, NetworkInput

_LONGEST_RESIDUAL = 200
"""The most layers between a tensor and the sum to which it is added as a residual."""


class DraftMark(NamedTuple):
    """The state of a draft: its calls of the builder, the number of problems, and the names that are taken."""

    calls: tuple[tuple[str, dict[str, Any]], ...]
    problems: int
    taken: frozenset[str]
    sound: bool


class Draft:
    """Adds layers to a graph. A layer that cannot be added is noted, and a tensor of the requested sizes replaces it.

    ``origin`` says in messages where the network comes from.
    """

    def __init__(self, origin: Origin, names: LayerNames | None = None) -> None:
        self.names = names or LayerNames()
        self.problems: list[Problem] = []
        self._origin = origin
        self._builder = GraphBuilder()
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._sound = True

    def input(self, name: str, sizes: Sizes, channels: Channels = "first", dtype: Dtype = "float32") -> int:
        """Return the node of a new input of ``sizes`` without the batch.

        Raises SpecError if there can be no such input.
        """
        given = {"sizes": tuple(sizes), "channels": channels, "dtype": dtype}
        return self._call("input", name=self.names.claim(name), origin=self._origin, **given)

    def add(
        self, name: str, word: str, inputs: Sequence[int], wanted: Sizes, *,
        again: int | None = None, shares: int | None = None, training_only: bool = False, **fields: Any,
    ) -> int:  # fmt: skip
        """Return the node of a new layer, whose ``name`` must come from ``names``.

        ``wanted`` are the sizes of one sample in the foreign network; other sizes are a problem. ``again`` is the layer
        that it repeats, and ``shares`` the layer whose tensors it uses.
        """
        try:
            op = op_class(word)(**fields)
        except OpError as error:
            return self.refused(name, word, error, wanted)
        if word == "add":
            inputs = self._residual_order(inputs)
        how = {"shares": shares if again is None else again, "again": again is not None, "training_only": training_only}
        try:
            index = self._call("add", name=name, op=op, inputs=tuple(inputs), origin=self._origin, **how)
        except SpecError as error:
            self.problems += error.problems
            return self.stand_in(name, wanted)
        found = self.sizes(index)
        if found != tuple(wanted):
            fact = f"its output is {_shown(found)} by calc's rules, but {_shown(wanted)} in the original network"
            self.problems.append(Problem(self._origin, fact, "", name, word))
            return self.stand_in(f"{name}.instead", wanted)
        return index

    def _residual_order(self, inputs: Sequence[int]) -> Sequence[int]:
        """Return the ``inputs`` of a sum in the order of a residual: first the result computed from a tensor, then
        that tensor.
        """
        if len(inputs) != 2 or inputs[0] >= inputs[1] or self.sizes(inputs[0]) != self.sizes(inputs[1]):
            return inputs
        start, end = inputs
        pending, seen = [end], {end}
        while pending and len(seen) < _LONGEST_RESIDUAL:
            for source in self._builder.nodes[pending.pop()].inputs:
                if source == start:
                    return end, start
                if source > start and source not in seen:
                    seen.add(source)
                    pending.append(source)
        return inputs

    def tensor(self, name: str, sizes: Sizes, **how: Any) -> int:
        """Return the node of a tensor that the network holds. ``how`` has the other fields of ``tensor``."""
        return self.add(name, "tensor", (), sizes, shape=tuple(sizes), **how)

    def regroup(self, name: str, index: int, wanted: Sizes) -> int:
        """Return the elements of the node ``index`` with the sizes ``wanted``: the node itself if it has them.

        ``name`` is the prefix of the layer's name: its scope with a dot, or nothing.
        """
        layer = regroup(self.sizes(index), wanted)
        if layer is None:
            return index
        word, fields = layer
        return self.add(self.names.free(name + word), word, (index,), wanted, **fields)

    def with_channels(self, name: str, index: int, axis: int) -> int:
        """Return the node ``index`` with its channels on ``axis``, counted from the end.

        If they are known to be elsewhere, or nothing is known, the layer that arranged its axes declares them, or a new
        layer does; ``name`` is the prefix of its name.
        """
        if self.channel_axis(index) == axis:
            return index
        maker = source_of_axes(self._builder.nodes, index)
        if maker is not None and self._declare(maker, axis):
            return index
        sizes = self.sizes(index)
        word, fields = declaring(sizes, axis)
        return self.add(self.names.free(name + word), word, (index,), sizes, **fields)

    def without_channels_elsewhere(self, name: str, index: int, axis: int) -> int:
        """Do the same as ``with_channels``, but nothing if the channel axis is unknown."""
        return index if self.channel_axis(index) is None else self.with_channels(name, index, axis)

    def would_hold(
        self, word: str, inputs: Sequence[int], fields: Mapping[str, Any], held: Mapping[str, Sizes]
    ) -> bool:
        """Return whether a layer that reads ``inputs`` would hold exactly the tensors ``held``."""
        shapes = tuple([self._builder.nodes[index].shape for index in inputs])
        try:
            op = op_class(word)(**fields)
            op.output_shape(shapes)
            return {**op.parameters(shapes), **op.buffers(shapes)} == {name: tuple(each) for name, each in held.items()}
        except OpError:
            return False

    def op(self, index: int) -> Op:
        """Return the op of a node."""
        return self._builder.nodes[index].op

    def name(self, index: int) -> str:
        """Return the name of a node."""
        return self._builder.nodes[index].name

    def sizes(self, index: int) -> tuple[int, ...]:
        """Return the sizes of one sample of the output of a node."""
        return self._builder.nodes[index].shape.sizes

    def channel_axis(self, index: int) -> int | None:
        """Return the axis of a node's output that holds the channels, counted from the end; None if it is unknown."""
        return self._builder.nodes[index].shape.channel_axis

    def dtype(self, index: int) -> Dtype:
        """Return whether the output of a node is integers or token ids."""
        return self._builder.nodes[index].output.dtype

    def refused(self, name: str, word: str, error: OpError, wanted: Sizes) -> int:
        """Note a problem at a layer and return the node of a tensor that replaces it."""
        self.problems.append(Problem(self._origin, error.fact, error.hint, name, word))
        return self.stand_in(name, wanted)

    def stand_in(self, name: str, wanted: Sizes) -> int:
        """Return a node with the sizes ``wanted`` in place of a missing layer, so that later layers are
        checked too.
        """
        self._sound = False
        stand_in = op_class("tensor")(shape=tuple(wanted) or (1,), buffer=True)
        return self._call("add", name=self.names.free(f"{name}.missing"), op=stand_in, inputs=(), origin=self._origin)

    def mark(self) -> DraftMark:
        """Return the current state, for ``back_to``."""
        return DraftMark(tuple(self._calls), len(self.problems), self.names.taken, self._sound)

    def back_to(self, mark: DraftMark) -> None:
        """Remove everything that was added or noted since ``mark``."""
        self._calls = list(mark.calls)
        self._build()
        del self.problems[mark.problems :]
        self.names.back_to(mark.taken)
        self._sound = mark.sound

    def call_by_purpose(self, classes: Mapping[str, str]) -> dict[str, str]:
        """Give the same names to layers that modules of one class share, and names to read by to all others.

        ``classes`` has the classes of modules by name. A problem that was noted keeps the old name. Returns the new
        names by the old ones.
        """
        layers = [values["name"] for _, values in self._calls]
        alike = names_by_purpose(layers, self.names, classes)
        called = [alike.get(name, name) for name in layers]
        free = {alike.get(name, name) for name in self.names.freed}
        read = [[called[index] for index in values.get("inputs", ())] for _, values in self._calls]
        apart = names_in_sight(list(zip(called, read, strict=True)), free, self.names.reserved)
        new = {old: apart.get(name, name) for old, name in zip(layers, called, strict=True)}
        if apart or alike:
            self._calls = [(method, {**values, "name": new[values["name"]]}) for method, values in self._calls]
            self._build()
        return {old: name for old, name in new.items() if name != old}

    def run_again(
        self, further: Mapping[str, str], is_same_value: Callable[[str, str], bool]
    ) -> tuple[dict[int, int], dict[str, str]]:
        """Let all layers of further runs of a module repeat those of the first run; returns new nodes by the old ones.

        ``further`` maps the scopes of further runs to those of the first; for the rest see ``again.run_again``. A
        tensor between the layers of a module to which it does not belong moves in front of it.
        """
        order = unread_first(self._calls)
        if further:
            order = [order[at] for at in tensors_first([self._calls[at] for at in order])]
        self._calls, tensors = run_again(reordered(self._calls, order), further, is_same_value)
        self._build()
        return {old: at for at, old in enumerate(order)}, tensors

    def _build(self) -> None:
        self._builder = GraphBuilder()
        for method, values in self._calls:
            getattr(self._builder, method)(**values)

    def graph(self, model: str, outputs: Sequence[int], spec: str = "") -> Graph:
        """Return the network. Raises SpecError with everything that is wrong with it."""
        if self.problems:
            raise SpecError(_each_once(self.problems))
        assert self._sound
        return self._builder.graph(model, spec or str(self._origin), outputs)

    def _call(self, method: str, **values: Any) -> int:
        index: int = getattr(self._builder, method)(**values)
        self._calls.append((method, values))
        return index

    def _declare(self, maker: int, axis: int) -> bool:
        """Let the layer ``maker`` declare its channels on ``axis``; returns whether all layers after it still fit."""
        declared = declared_at(self.op(maker), len(self.sizes(maker)), axis)
        if declared is None:
            return False
        method, values = self._calls[maker]
        calls = [*self._calls]
        changed = {"channels": declared.channels} if isinstance(declared, NetworkInput) else {"op": declared}
        calls[maker] = method, {**values, **changed}
        builder = GraphBuilder()
        try:
            for at, (each, arguments) in enumerate(calls):
                index = getattr(builder, each)(**arguments)
                if at < maker:
                    continue
                if builder.nodes[index].shape.sizes != self.sizes(index):
                    return False
        except SpecError:
            return False
        self._builder, self._calls = builder, calls
        return True


UNKNOWN = "calc has no op for it"
KEPT = "calc import --opaque keeps it as a layer that is not counted"


def unknown_op(origin: Origin, foreign: str, path: str, near: Mapping[str, str], why: str = "") -> Problem:
    """Return the problem that calc has no op for ``foreign``, which the module ``path`` runs.

    The hint names an op that is near.
    """
    fact = f"calc has no op for {foreign}" + (f": {why}" if why else "")
    hint = f"near: {near[foreign]}; {KEPT}" if foreign in near else KEPT
    return Problem(origin, fact, hint, path or "the network itself")


def _each_once(problems: Sequence[Problem]) -> list[Problem]:
    return list({str(problem): problem for problem in problems}.values())


def _shown(sizes: Sizes) -> str:
    return "×".join(map(str, sizes)) or "scalar"
