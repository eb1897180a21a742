"""Gives the functions in ``lower`` access to one operation of the traced network."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import fx
from torch._ops import OpOverload

from calc.errors import OpError
from calc.importing import Draft
from calc.importing.value import BatchAxis, Sizes, Value, at_batch_one, batch_axis, own_dim
from verify.importers.held import Derived, Held
from verify.importers.ids import INTEGERS
from verify.importers.scopes import Scopes
from verify.importers.trace import BATCH, OTHER_BATCH

MOST_REASON = 200
"""The most characters of the reason why an operation is not known."""


class LoweringContext(Protocol):
    """The methods of the lowering of the whole program that an operation uses."""

    draft: Draft
    scopes: Scopes

    def known(self, node: fx.Node) -> Any:
        """Return the result of ``node``: a Value, a tensor that is held or derived, several of these, or a number."""

    def output(self, node: fx.Node, index: int) -> tuple[Sizes, BatchAxis | None]:
        """Return the sizes, at a batch of 1, and the batch axis of a result of ``node``."""

    def constant(self, found: Any) -> torch.Tensor | None:
        """Return the values of a tensor that depends on no input and on nothing learnt; else None."""

    def numbers_samples(self, found: Any) -> bool:
        """Return whether ``found`` is the numbers 0, 1, 2, … of the samples of a batch."""

    def is_known(self, held: Held) -> bool:
        """Return whether a layer holds the tensor already, or no layer may hold it."""

    def new_tensor(self, name: str, values: torch.Tensor) -> Value:
        """Add a layer with ``values`` that the foreign network does not store."""

    def materialised(self, found: Held | Derived) -> Value:
        """Return the layer of a tensor that the network holds, or computes only from held tensors."""

    def layer_name(self, operation: "Operation", tensors: Mapping[str, Held | Derived]) -> str | None:
        """Return the name of the layer that can hold ``tensors`` under its own names for them.

        None if there is none.
        """

    def place(
        self, operation: "Operation", word: str, nodes: list[int], tensors: Mapping[str, Held | Derived],
        wanted: Sizes, fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Add a layer and return its node. It is named after the tensors that it holds if they have a common name."""


class Operation:
    """An ATen operation with its arguments by the names of its schema, its results, and methods that add layers."""

    def __init__(self, lowering: LoweringContext, node: fx.Node) -> None:
        self._lowering = lowering
        self.node = node
        self.draft = lowering.draft
        self.target = str(node.target)
        self._arguments = _bound(node)
        self.is_several = False
        """Whether it becomes several layers. None of them then has the name of the module."""

    def like(self, node: fx.Node) -> "Operation":
        """Return another operation of the same program."""
        return Operation(self._lowering, node)

    def __getitem__(self, name: str) -> Any:
        """Return the argument ``name``: a number, a list, a Value, or a tensor of the network (Held, Derived)."""
        if name not in self._arguments:
            raise OpError(f"has no argument {name}")
        return self._known(self._arguments[name])

    def get(self, name: str, default: Any = None) -> Any:
        """Like ``[name]``, but ``default`` if the operation has no such argument or it is left out."""
        found = self._known(self._arguments.get(name))
        return default if found is None else found

    def argument(self, name: str) -> Any:
        """Return the argument ``name`` as in the program: the node that computes it, if there is one."""
        return self._arguments[name]

    @property
    def first(self) -> Value:
        """Its first argument as a tensor that is an input of the layer."""
        return self.valued(self[next(iter(self._arguments))])

    @property
    def first_read(self) -> Any:
        """The result of the first node that it reads."""
        return self._known(self.node.all_input_nodes[0])

    def value(self, name: str) -> Value:
        """Return the argument ``name`` as an input of the layer; a tensor that the network holds becomes a layer."""
        return self.valued(self[name])

    def valued(self, found: Any) -> Value:
        """Return ``found`` as a tensor that is an input of the layer. Raises OpError if it is not a tensor."""
        if isinstance(found, Value):
            return found
        if isinstance(found, (Held, Derived)):
            return self._lowering.materialised(found)
        if found is None:
            raise OpError("reads a result that calc's op does not have, such as the positions of maxima")
        raise OpError(f"reads a value of type {type(found).__name__}, but needs a tensor")

    def constant(self, found: Any) -> torch.Tensor | None:
        """Return the values of a tensor that depends on no input and on nothing learnt; else None."""
        return self._lowering.constant(found)

    def numbers_samples(self, found: Any) -> bool:
        """Return whether ``found`` is the numbers 0, 1, 2, … of the samples of a batch."""
        return self._lowering.numbers_samples(found)

    def can_hold(self, tensors: Mapping[str, Any]) -> bool:
        """Return whether a new layer can hold ``tensors``; None stands for those that are left out."""
        given = {name: each for name, each in tensors.items() if each is not None}
        if not all(isinstance(each, (Held, Derived)) for each in given.values()):
            return False
        return not given or self._lowering.layer_name(self, given) is not None

    def is_known(self, held: Held) -> bool:
        """Return whether a layer holds the tensor already, or no layer may hold it."""
        return self._lowering.is_known(held)

    def number(self, name: str) -> Any:
        """Return the argument ``name`` as a number, if it is one or a constant scalar that is not saved.

        Otherwise it is unchanged.
        """
        found = self[name]
        if isinstance(found, Held) and found.saved:
            return found
        if isinstance(found, (Held, Derived, Value)) and found_rank(found) == 0:
            values = self.constant(found)
            return found if values is None else values.item()
        return found

    def made(self, values: torch.Tensor, word: str) -> Value:
        """Add a layer called ``word`` with ``values`` that the foreign network does not store."""
        return self._lowering.new_tensor(self.within + word, values)

    def sizes_of(self, found: Any) -> Sizes:
        """Return the sizes, in the foreign network, of a tensor that is an input or held."""
        if isinstance(found, (Held, Value)):
            return found.sizes
        return self.valued(found).sizes

    @property
    def path(self) -> str:
        """The path of the module that runs it."""
        return self._lowering.scopes.path(self.node)

    @property
    def sizes(self) -> Sizes:
        """The sizes of its result in the foreign network, at a batch of 1."""
        return self.output(0)[0]

    @property
    def batch(self) -> BatchAxis | None:
        """The batch axis of its result."""
        return self.output(0)[1]

    def output(self, index: int) -> tuple[Sizes, BatchAxis | None]:
        """Return the sizes, at a batch of 1, and the batch axis of its result number ``index``."""
        return self._lowering.output(self.node, index)

    def grows_with_the_batch(self, node: Any) -> bool:
        """Return whether the sizes of the result of ``node`` depend on the batch."""
        return not isinstance(node, fx.Node) or self._lowering.output(node, 0)[1] is not None

    def name(self, word: str, *, again: bool = False) -> str:
        """Return a name for a layer without tensors: the module's name if it does nothing else, else one in its scope.

        ``again`` says that the layer repeats one with tensors, so that it may be named after these.
        """
        scopes = self._lowering.scopes
        scope = scopes.scope(self.node)
        if not self.is_several and scopes.is_alone(self.node) and (again or not self.draft.names.is_reserved(scope)):
            return self.draft.names.free(scope)
        return self.draft.names.free(f"{scope}.{word}" if scope else word)

    @property
    def within(self) -> str:
        """The prefix of the names of further layers: the scope and a dot."""
        scopes = self._lowering.scopes
        scope = scopes.scope(self.node)
        if scopes.is_alone(self.node):
            scope = scope.rpartition(".")[0]
        return f"{scope}." if scope else ""

    def layer(
        self, word: str, *inputs: Value, tensors: Mapping[str, Any] | None = None, output: int = 0,
        batch: BatchAxis | None = None, nodes: Sequence[int] | None = None, **fields: Any,
    ) -> Value:  # fmt: skip
        """Add a layer ``word`` that reads ``inputs`` and gives the result number ``output`` of the operation.

        It reads ``nodes`` instead of ``inputs`` if they are given. It holds ``tensors``, by the names that the op has
        for them; those that are None are left out. If the layer cannot hold them under their names in the state dict,
        they become further inputs, in this order. ``batch`` is the batch axis of the result, if the sizes do not show
        it.
        """
        sizes, found = self.output(output)
        made = Value(-1, sizes, batch or _ordered_as(inputs, found) or _batch_of_one(inputs, sizes))
        read = [each.node for each in inputs] if nodes is None else list(nodes)
        return made._replace(node=self.placed(word, read, tensors or {}, made.sample, fields))

    def placed(
        self, word: str, nodes: list[int], tensors: Mapping[str, Any], wanted: Sizes, fields: Mapping[str, Any]
    ) -> int:
        """Like ``layer``, but return the node of a layer whose output has the sizes ``wanted`` of one sample."""
        held = {name: each for name, each in tensors.items() if each is not None}
        return self._lowering.place(self, word, nodes, held, wanted, fields)

    def opaque(self, reason: str) -> Value | tuple[Value, ...]:
        """Return its results as layers without counts. ``reason`` says why calc cannot represent the operation."""
        read = [self._known(each) for each in self.node.all_input_nodes]
        arriving = [self.valued(each) for each in read if isinstance(each, (Value, Held, Derived))]
        made = self.node.meta["val"]
        tensors = (
            [made] if isinstance(made, torch.Tensor) else [each for each in made if isinstance(each, torch.Tensor)]
        )
        values = []
        for index, tensor in enumerate(tensors):
            value = Value(-1, *self.output(index))
            node = self.draft.add(
                self.name("opaque"), "opaque", [each.node for each in arriving], value.sample, op=self.target,
                shape=value.sample, tensors="none", reason=reason[:MOST_REASON],
                dtype="int64" if tensor.dtype in INTEGERS else "float32",
            )  # fmt: skip
            values.append(value._replace(node=node))
        return values[0] if isinstance(made, torch.Tensor) else tuple(values)

    def same(self, value: Value) -> Value:
        """Return ``value`` as the result, because the operation changes nothing."""
        return value._replace(sizes=self.sizes)

    def has(self, name: str) -> bool:
        """Return whether the operation has an argument with this name."""
        return name in self._arguments

    @property
    def is_own(self) -> bool:
        """Whether its module does nothing else."""
        return self._lowering.scopes.is_alone(self.node)

    def aligned(self, values: Sequence[Value]) -> list[Value]:
        """Return ``values``, which broadcast, as samples: the axis of size 1 at the place of the batch is removed.

        Raises OpError if the batch meets another axis, or has axes folded into it in another order.
        """
        places = {value.batch.axis - len(value.sizes) for value in values if value.batch is not None}
        if len(places) > 1:
            raise OpError(
                "mixes the samples of a batch: the batch is one axis in one input and another axis in another"
            )
        require_one_order(values)
        return [self._aligned(value, place) for place in places for value in values] or list(values)

    def _aligned(self, value: Value, place: int) -> Value:
        if value.batch is not None or len(value.sizes) < -place or self._is_folded(place):
            return value
        axis = len(value.sizes) + place
        if value.sizes[axis] != 1:
            raise OpError(f"mixes the samples of a batch: an axis of {value.sizes[axis]} meets the batch axis")
        sizes = (*value.sizes[:axis], *value.sizes[axis + 1 :])
        return Value(self.draft.regroup(self.within, value.node, sizes), sizes, None)

    def _is_folded(self, place: int) -> bool:
        batch = self.batch
        return batch is not None and batch.folded > 1

    def dim(self, value: Value, name: str = "dim") -> int:
        """Return the argument ``name``, an axis of ``value``, in calc's numbering.

        Raises OpError for the batch axis.
        """
        return own_dim(value, self[name])

    def _known(self, argument: Any) -> Any:
        if isinstance(argument, fx.Node):
            return self._lowering.known(argument)
        if isinstance(argument, (list, tuple)):
            return [self._known(each) for each in argument]
        return argument


def batch_of(sizes: tuple[Sizes, Sizes]) -> tuple[Sizes, BatchAxis | None]:
    """Return the sizes, at a batch of 1, and the batch axis of a tensor with ``sizes`` at two batch sizes.

    Raises OpError if the sizes fit no batch axis.
    """
    batch = batch_axis(sizes[0], BATCH, sizes[1], OTHER_BATCH)
    return at_batch_one(sizes[0], batch), batch


def require_one_order(values: Iterable[Value]) -> None:
    """Raise OpError if an axis folded into the batch comes before it in one of ``values`` and after it in another."""
    if len({value.batch[1:] for value in values if value.batch is not None}) > 1:
        raise OpError("mixes the samples of a batch: its inputs have the samples in different orders")


def _ordered_as(inputs: Sequence[Value], found: BatchAxis | None) -> BatchAxis | None:
    """Return ``found``, which comes from sizes only, with the folded axes in the order that ``inputs`` have."""
    batches = [value.batch for value in inputs if value.batch is not None]
    if found is None or not batches or batches[0].folded != found.folded:
        return found
    return batches[0]._replace(axis=found.axis)


def _batch_of_one(inputs: Sequence[Value], sizes: Sizes) -> BatchAxis | None:
    """Return the batch axis that ``inputs``, which broadcast to ``sizes``, give the result; None if they have none."""
    for value in inputs:
        if value.batch is not None:
            return value.batch._replace(axis=value.batch.axis + len(sizes) - len(value.sizes))
    return None


def found_rank(found: Held | Derived | Value) -> int:
    """Return the number of axes of ``found``."""
    return found.node.meta["val"].dim() if isinstance(found, Derived) else len(found.sizes)


def is_empty(found: Held | Derived | Value) -> bool:
    """Return whether a tensor has no elements. Some code starts with such a tensor and concatenates to it."""
    return 0 in (found.node.meta["val"].shape if isinstance(found, Derived) else found.sizes)


def _bound(node: fx.Node) -> dict[str, Any]:
    """Return the arguments of ``node`` by the names of its schema, with defaults for those left out."""
    assert isinstance(node.target, OpOverload)
    schema = node.target._schema
    found = {argument.name: argument.default_value for argument in schema.arguments}
    found |= {argument.name: given for argument, given in zip(schema.arguments, node.args, strict=False)}
    return found | dict(node.kwargs)
