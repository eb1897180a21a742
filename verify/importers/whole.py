"""Converts modules that are one op of calc to one layer, if nothing outside reads their inner results."""

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
    """An op of calc, the nodes of the program that it reads, its fields, and the channel axis of the inputs."""

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

    ``operations`` is everything that runs in it, in order. ``arriving`` has the nodes outside that it reads and that
    depend on an input, in the order in which they are read. ``result`` is the only one of the operations that is read
    outside. ``constant`` gives the values of a node, or None if it depends on an input or something learnt.
    """

    path: str
    module: nn.Module
    operations: Sequence[fx.Node]
    arriving: Mapping[fx.Node, Value]
    result: fx.Node
    constant: Callable[[fx.Node], torch.Tensor | None]

    def all_have_batch_at(self, axis: int, rank: int) -> bool:
        """Return whether all inputs have ``rank`` axes, of which ``axis`` is the batch."""
        return all(
            each.batch is not None and each.batch.axis == axis and len(each.sizes) == rank
            for each in self.arriving.values()
        )

    def named(self, *names: str) -> list[fx.Node]:
        """Return the operations called ``names`` that the module itself runs, without those of its submodules."""
        own = [node for node in self.operations if levels(node)[-1].path == self.path]
        return [node for node in own if packet(node.target) in names]


def stands_for(*classes: str) -> Callable[[Function], Function]:
    """Register a function that gives the op for a module of the ``classes``, by their full names, or None."""

    def register(function: Function) -> Function:
        _STANDS.update(dict.fromkeys(classes, function))
        return function

    return register


def runs_of(nodes: Iterable[fx.Node]) -> dict[fx.Node, tuple[Stand, str, list[fx.Node]]]:
    """Return the calls of registered modules, by their first operation: the function, the path, and all operations."""
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
    """Return the call of the module ``path``; None if several results are read outside or an input is not one tensor.

    ``known`` gives the results of nodes outside. ``constant`` is as in ModuleRun.
    """
    inside = set(operations)
    read = list(dict.fromkeys(each for node in operations for each in node.all_input_nodes if each not in inside))
    tensors = [node for node in operations if isinstance(node.meta.get("val"), torch.Tensor)]  # calls share sizes
    results = [node for node in tensors if any(user not in inside for user in node.users)]
    arriving = {
        node: known(node) for node in read if not isinstance(known(node), (Held, Derived, int, float, NoneType))
    }
    if len(results) != 1 or not arriving or not all(isinstance(each, Value) for each in arriving.values()):
        return None
    return ModuleRun(path, module, operations, arriving, results[0], constant)


def holds(module: nn.Module) -> Mapping[str, tuple[int, ...]]:
    """Return the sizes of the tensors in the state dict of ``module``."""
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
