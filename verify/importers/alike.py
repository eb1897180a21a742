"""Whether a forward is the same network in each call: asked again only of one that draws numbers or keeps some."""

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
"""How often more a network is traced that draws random numbers."""


def require_alike(source: str, module: nn.Module, trace: Callable[[], fx.Graph]) -> None:
    """Trace ``module`` with ``trace``, and again where its forward draws random numbers or changes what it holds.

    Raises VerifyError where another graph comes of it. What it goes by besides, such as the time, is not seen.
    """
    before, drawn = held_values(module), _drawn()
    first = _steps(trace())
    again = _AGAIN_BY_CHANCE if _drawn() != drawn else int(held_values(module) != before)
    for _ in range(again):
        try:
            steps = _steps(trace())
        except Exception:  # of a module whose forward does not run twice without values nothing more is known
            return
        if steps != first:
            why = "draws random numbers" if again > 1 else "keeps what it goes by in the next call"
            fact = f"{source}: its forward {why}, and is another network when it runs again"
            raise VerifyError(fact, "in evaluation mode it has to be the same in each call")


def _drawn() -> tuple[Any, ...]:
    """The states of the generators that code draws from."""
    numpy = sys.modules.get("numpy")
    return random.getstate(), None if numpy is None else repr(numpy.random.get_state())


def held_values(network: nn.Module) -> list[dict[str, list[Any]]]:
    """What each module holds: numbers and words by value, also in lists and mappings, all else by identity.

    Of a tensor also how often it was written into.
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
    """How often ``tensor`` was written into; torch does not count it of one that was made in inference mode."""
    return 0 if tensor.is_inference() else tensor._version


def _steps(graph: fx.Graph) -> list[tuple[str, list[Any]]]:
    """The operations of ``graph`` with the numbers and words that they are given."""
    return [(str(node.target), _numbers((node.args, node.kwargs))) for node in graph.nodes]


def _numbers(arguments: Any) -> list[Any]:
    return [each for each in tree_leaves(arguments) if isinstance(each, _PLAIN)]
