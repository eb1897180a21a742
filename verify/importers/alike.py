"""Checks that a forward runs the same network in each call, even if it draws random numbers or keeps a state."""

import random
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn
from torch.utils._pytree import tree_leaves

from verify.errors import VerifyError

_PLAIN = (int, float, str)
_AGAIN_BY_CHANCE = 3
"""The number of further traces of a network whose forward draws random numbers."""


def require_alike(source: str, module: nn.Module, trace: Callable[[], fx.Graph]) -> None:
    """Trace ``module`` with ``trace``, and again if its forward draws random numbers or changes what the module holds.

    Raises VerifyError if another graph results. This does not find a forward that depends on other things, such as the
    time.
    """
    before, drawn = held_values(module), _drawn()
    first = _steps(trace())
    again = _AGAIN_BY_CHANCE if _drawn() != drawn else int(held_values(module) != before)
    for _ in range(again):
        try:
            steps = _steps(trace())
        except Exception:  # a forward that cannot run twice without values cannot be checked
            return
        if steps != first:
            why = "draws random numbers" if again > 1 else "keeps a state that changes the next call"
            fact = f"{source}: its forward {why}, so it is another network when it runs again"
            raise VerifyError(fact, "in evaluation mode it has to be the same network in each call")


def _drawn() -> tuple[Any, ...]:
    """Return the states of the random generators that code may draw from."""
    numpy = sys.modules.get("numpy")
    return random.getstate(), None if numpy is None else repr(numpy.random.get_state())


def held_values(network: nn.Module) -> list[dict[str, list[Any]]]:
    """Return the attributes of each module: numbers and texts by value, also in containers, and others by identity.

    Each tensor comes with the number of times that it was written to.
    """
    return [
        {name: list(map(_held, tree_leaves(value))) for name, value in found}
        for found in [list(vars(module).items()) for module in network.modules()]
    ]


def _held(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    return (id(value), times_written(value)) if isinstance(value, torch.Tensor) else id(value)


def times_written(tensor: torch.Tensor) -> int:
    """Return the number of writes to ``tensor``. It is 0 in inference mode, where torch does not count them."""
    return 0 if tensor.is_inference() else tensor._version


def _steps(graph: fx.Graph) -> list[tuple[str, list[Any]]]:
    """Return the operations of ``graph``, with the numbers and texts that they are given."""
    return [(str(node.target), _numbers((node.args, node.kwargs))) for node in graph.nodes]


def _numbers(arguments: Any) -> list[Any]:
    return [each for each in tree_leaves(arguments) if isinstance(each, _PLAIN)]
