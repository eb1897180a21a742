"""Finds the first layer of a network that differs from its reference, in the order in which the layers run."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from verify.build import Inputs, Network
from verify.measure.hooks import watched

Run = Callable[[nn.Module, Inputs], Any]


class FirstDifference(NamedTuple):
    """The first difference. ``layer`` is a layer's name, or the module of a tensor that only the reference has."""

    layer: str
    fact: str


def first_key(network: Network, reference: nn.Module) -> FirstDifference | None:
    """Return the first layer with a tensor that only one side has, or whose shape differs; None if there is none.

    A tensor that only the reference has is placed after the last tensor before it that both have.
    """
    ours, theirs = network.state_dict(), reference.state_dict()
    places = network.places
    found: list[tuple[int, FirstDifference]] = []
    for key, tensor in ours.items():
        layer = _layer_of(key, places)
        if key not in theirs:
            found.append((places[layer], FirstDifference(layer, f"{key} is only in the spec's network")))
        elif tensor.shape != theirs[key].shape:
            shapes = f"{tuple(tensor.shape)}, but {tuple(theirs[key].shape)} in the reference"
            found.append((places[layer], FirstDifference(layer, f"{key} is {shapes}")))
    at = -1
    for key in theirs:
        if key in ours:
            at = places[_layer_of(key, places)]
        else:
            found.append((at, FirstDifference(key.rpartition(".")[0], f"{key} is only in the reference")))
    return min(found, key=lambda each: each[0])[1] if found else None


def first_output(
    network: Network,
    reference: nn.Module,
    inputs: Inputs,
    run: Run,
    tolerance: float,
    called: Mapping[str, str] | None = None,
) -> FirstDifference | None:
    """Return the first layer whose output differs from the output of the reference's module with the same name.

    Both networks hold the same weights, and ``run`` runs them. ``tolerance`` is the largest relative difference of
    equal outputs. Layers that are not modules of the reference cannot be compared; those just before the first
    difference are named. ``called`` has the reference's name of a layer, if it differs.
    """
    named = dict(reference.named_modules())
    modules = {name: named.get((called or {}).get(name, name)) for name in network.layers}
    known = {name: module for name, module in network.layers.items() if modules[name] is not None}
    theirs: dict[str, list[torch.Tensor]] = {}
    # copied, because the reference may change outputs in place; listed, because a module may run several times
    copied = _Outputs(lambda name, output: theirs.setdefault(name, []).append(output.clone()))
    with torch.no_grad(), watched({name: each for name, each in modules.items() if each is not None}, copied):
        run(reference, inputs)
    found: list[FirstDifference] = []
    equal: list[str] = []

    def compare(name: str, output: torch.Tensor) -> None:
        if found or name not in theirs:
            return
        facts = [_fact(output, each, tolerance) for each in theirs.pop(name)]
        if all(facts):
            found.append(FirstDifference(name, facts[0] + _before(network, name, equal)))
        equal.append(name)

    with torch.no_grad(), watched(known, _Outputs(compare)):
        run(network, inputs)
    return found[0] if found else None


class _Outputs:
    """A watcher that passes the first output of each layer to ``see``."""

    def __init__(self, see: Callable[[str, torch.Tensor], object]) -> None:
        self.see = see

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, torch.Tensor):
            self.see(layer, first.detach())


def _layer_of(key: str, places: Mapping[str, int]) -> str:
    """Return the layer to which a tensor of the spec's network belongs.

    The tensor of a ``tensor`` layer has the layer's name.
    """
    while key not in places:
        key = key.rpartition(".")[0]
    return key


def _fact(ours: torch.Tensor, theirs: torch.Tensor, tolerance: float) -> str:
    """Return a message that ``ours`` differs; empty if it does not."""
    if ours.shape != theirs.shape:
        return f"its output is {tuple(ours.shape)}, but {tuple(theirs.shape)} in the reference"
    difference, scale = float((ours - theirs).abs().max()), float(theirs.abs().max())
    if difference <= tolerance * (scale or 1.0):
        return ""
    return f"its output differs by {difference / (scale or 1.0):.0e} of its largest value"


def _before(network: Network, name: str, equal: list[str]) -> str:
    """Return a message about the layers before ``name``: the last equal one, and those that cannot be compared."""
    names = network.layer_names
    between = names[names.index(equal[-1]) + 1 if equal else 0 : names.index(name)]
    last = f"; {equal[-1]} is the last equal layer" if equal else ""
    return last + (f", and {', '.join(between)} before it cannot be compared" if between else "")
