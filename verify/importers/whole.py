"""Modules that are one op of ours: their operations are one layer, where nothing else reads what happens inside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, NamedTuple, TypeVar

import torch
from torch import fx, nn

from calc.importing import Value
from verify.importers.calls import levels
from verify.importers.held import Derived, Held
from verify.importers.packets import packet


class OneLayer(NamedTuple):
    """An op of ours, the nodes of the program that it reads, its fields, and which axis of these has the channels,
    counted from the end.
    """

    word: str
    inputs: list[fx.Node]
    fields: dict[str, Any]
    channels: int = -1


Stand = Callable[["ModuleRun"], OneLayer | None]
Function = TypeVar("Function", bound=Stand)

_STANDS: dict[str, Stand] = {}


@dataclass(frozen=True)
class ModuleRun:
    """One call of a module in the program.

    ``operations``: all that runs in it, in order. ``arriving``: what stands outside, is read by these, and an input
    reaches, in the order in which it is read. ``result``: the only one of the operations that is read outside.
    ``constant``: the values of what a node makes; None where something that arrives or is learnt is in it.
    """

    path: str
    module: nn.Module
    operations: Sequence[fx.Node]
    arriving: Mapping[fx.Node, Value]
    result: fx.Node
    constant: Callable[[fx.Node], torch.Tensor | None]

    def all_have_batch_at(self, axis: int, rank: int) -> bool:
        """Whether all that arrives has ``rank`` axes, of which ``axis`` is the batch."""
        return all(
            each.batch is not None and each.batch.axis == axis and len(each.sizes) == rank
            for each in self.arriving.values()
        )

    def named(self, *names: str) -> list[fx.Node]:
        """The operations of these names that the module itself runs, and none of its submodules."""
        own = [node for node in self.operations if levels(node)[-1].path == self.path]
        return [node for node in own if packet(node.target) in names]


def stands_for(*classes: str) -> Callable[[Function], Function]:
    """The function gives the op that a module of one of the ``classes``, named in full, is; None where it is none."""

    def register(function: Function) -> Function:
        _STANDS.update(dict.fromkeys(classes, function))
        return function

    return register


def runs_of(nodes: Iterable[fx.Node]) -> dict[fx.Node, tuple[Stand, str, list[fx.Node]]]:
    """The calls of such modules: what gives the op, the path, and the operations, by the first of these."""
    found: dict[str, tuple[Stand, str, list[fx.Node]]] = {}
    for node in nodes:
        for call in levels(node):
            stand = _STANDS.get(call.kind)
            if stand is not None and call.path:
                found.setdefault(call.key, (stand, call.path, []))[2].append(node)
                break
    return {group[0]: (stand, path, group) for stand, path, group in found.values()}


def run_of(
    path: str, module: nn.Module, operations: Sequence[fx.Node], known: Callable[[fx.Node], Any],
    constant: Callable[[fx.Node], torch.Tensor | None],
) -> ModuleRun | None:  # fmt: skip
    """The call as a whole; None where several of its results are read, or what is not one tensor arrives.

    ``known``: what a node outside is known to make. ``constant``: as in ModuleRun.
    """
    inside = set(operations)
    read = list(dict.fromkeys(each for node in operations for each in node.all_input_nodes if each not in inside))
    tensors = [node for node in operations if isinstance(node.meta.get("val"), torch.Tensor)]  # sizes are shared
    results = [node for node in tensors if any(user not in inside for user in node.users)]
    arriving = {
        node: known(node) for node in read if not isinstance(known(node), (Held, Derived, int, float, NoneType))
    }
    if len(results) != 1 or not arriving or not all(isinstance(each, Value) for each in arriving.values()):
        return None
    return ModuleRun(path, module, operations, arriving, results[0], constant)


def holds(module: nn.Module) -> Mapping[str, tuple[int, ...]]:
    """The sizes of what ``module`` holds, as its state dict has it."""
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
