"""Which layer of a network is the first that is not as in its reference, in the order in which the layers run."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from verify.build import Inputs, Network
from verify.measure.hooks import watched

Run = Callable[[nn.Module, Inputs], Any]


class FirstDifference(NamedTuple):
    """``layer``: its name, or where only the reference has it the key of its tensor; ``fact``: what differs."""

    layer: str
    fact: str


def first_key(network: Network, reference: nn.Module) -> FirstDifference | None:
    """The first layer with a tensor that only one has, or of another shape; None where all agree.

    What only the reference has comes after the tensor before it that both have.
    """
    ours, theirs = network.state_dict(), reference.state_dict()
    places = network.places
    found: list[tuple[int, FirstDifference]] = []
    for key, tensor in ours.items():
        layer = _layer_of(key, places)
        if key not in theirs:
            found.append((places[layer], FirstDifference(layer, f"{key} is only in the spec's network")))
        elif tensor.shape != theirs[key].shape:
            shapes = f"{tuple(tensor.shape)}, the reference's {tuple(theirs[key].shape)}"
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
    """The first layer whose output differs from that of the reference's module of the same name.

    Both hold the same weights and are ``run``. ``tolerance``: the largest relative difference of equal outputs. The
    layers that are no modules of the reference cannot be compared; those just before the first are named. ``called``:
    by layer what the reference calls it, where that is not the same.
    """
    named = dict(reference.named_modules())
    modules = {name: named.get((called or {}).get(name, name)) for name in network.layers}
    known = {name: module for name, module in network.layers.items() if modules[name] is not None}
    theirs: dict[str, list[torch.Tensor]] = {}
    # copied, as the reference may go on in place; a list, as it may use a module several times
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
    """A watcher that hands on the output of each layer; of several the first."""

    def __init__(self, see: Callable[[str, torch.Tensor], object]) -> None:
        self.see = see

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, torch.Tensor):
            self.see(layer, first.detach())


def _layer_of(key: str, places: Mapping[str, int]) -> str:
    """The layer that a tensor of the spec's network belongs to; a layer's own tensor has its name."""
    while key not in places:
        key = key.rpartition(".")[0]
    return key


def _fact(ours: torch.Tensor, theirs: torch.Tensor, tolerance: float) -> str:
    """How ``ours`` differs; empty where it does not."""
    if ours.shape != theirs.shape:
        return f"its output is {tuple(ours.shape)}, the reference's {tuple(theirs.shape)}"
    difference, scale = float((ours - theirs).abs().max()), float(theirs.abs().max())
    if difference <= tolerance * (scale or 1.0):
        return ""
    return f"its output differs by {difference / (scale or 1.0):.0e} of its largest value"


def _before(network: Network, name: str, equal: list[str]) -> str:
    """What is known of the layers before ``name``."""
    names = network.layer_names
    between = names[names.index(equal[-1]) + 1 if equal else 0 : names.index(name)]
    last = f"; {equal[-1]} is the last that is equal" if equal else ""
    return last + (f", and {', '.join(between)} before it cannot be compared" if between else "")
