"""Tensors that the foreign network holds or makes without any input, until a layer reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import fx


@dataclass(frozen=True, eq=False)
class Held:
    """A parameter, a buffer, or a tensor written in the code; ``keys``: its names in the state dict, tied ones too.

    ``saved``: whether the state dict has it.
    """

    keys: tuple[str, ...]
    sizes: tuple[int, ...]
    learnt: bool
    saved: bool = True


@dataclass(frozen=True, eq=False)
class Derived:
    """What the code makes of held tensors alone; ``learnt``: of parameters too, so that each call works it out."""

    node: fx.Node
    learnt: bool


STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""What layers hold that is not learnt."""


def own_name(tensors: Mapping[str, Held], path: str) -> str | None:
    """What the state-dict keys of ``tensors`` begin with where a layer of its own names them so; None where not.

    ``tensors`` are by the name that the layer has for each. Of tied ones the name under the module ``path`` goes first.
    """
    if not tensors or not all(held.saved and (held.learnt or name in STATISTICS) for name, held in tensors.items()):
        return None
    common: set[str] | None = None
    for name, held in tensors.items():
        ends = [key.removesuffix(f".{name}") if name else key for key in held.keys]
        starts = {start for key, start in zip(held.keys, ends, strict=True) if start != key or not name}
        common = starts if common is None else common & starts
    if not common:
        return None
    return path if path in common else sorted(common)[0]
