"""Tensors that the foreign network holds or makes without any input, until a layer reads them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


def partly_tied(held: Iterable[Held], classes: Mapping[str, str]) -> set[Held]:
    """Those that layers of one class share while each has other tensors of its own: no layer of ours can hold them.

    ``classes``: of modules by path. Layers of one op share all that they hold, or nothing.
    """
    layers: defaultdict[str, dict[str, Held]] = defaultdict(dict)
    several = list(held)
    for each in several:
        for key in each.keys:
            path, _, name = key.rpartition(".")
            layers[path][name] = each
    found = set()
    for each in several:
        alike: dict[str | None, dict[str, Held]] = {}
        for path in [key.rpartition(".")[0] for key in each.keys]:
            if alike.setdefault(classes.get(path), layers[path]) != layers[path]:
                found.add(each)
    return found
