"""Tensors that the foreign network holds or computes without any input, before a layer reads them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from calc.model.tensor import Dtype


@dataclass(frozen=True, eq=False)
class Held:
    """A parameter, a buffer, or a tensor constant in the code.

    ``keys`` are its names in the state dict, tied ones included. ``saved`` says whether the state dict has it, and
    ``node`` stands for it in the program.
    """

    keys: tuple[str, ...]
    sizes: tuple[int, ...]
    learnt: bool
    saved: bool
    dtype: Dtype
    node: fx.Node


@dataclass(frozen=True, eq=False)
class Derived:
    """A tensor that the code computes only from held tensors.

    If it is ``learnt``, it depends on parameters, so each call computes it again.
    """

    node: fx.Node
    learnt: bool


STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""The buffers of norm layers."""


def own_name(tensors: Mapping[str, Held], path: str) -> str | None:
    """Return the prefix of the state-dict keys of ``tensors``, if a layer can hold them under its own names; else None.

    ``tensors`` are given by the names that the layer has for them. Of tied names, the one under the module ``path`` is
    preferred.
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
    """Return the tensors that layers of one class share although each of them also has tensors of its own.

    No layer of calc can hold them. ``classes`` gives the class of each module by path. In calc, layers share either all
    of their tensors or none.
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


def held_by(program: ExportedProgram) -> dict[fx.Node, Held]:
    """Return the tensors that the program holds, by their nodes; tied tensors share one ``Held``."""
    saved = {**program.state_dict}
    same: dict[int, list[str]] = {}
    for key, tensor in saved.items():
        same.setdefault(id(tensor), []).append(key)
    found: dict[fx.Node, Held] = {}
    by_key: dict[str, Held] = {}
    nodes = {node.name: node for node in program.graph.nodes}
    for spec in program.graph_signature.input_specs:
        if spec.kind in (InputKind.USER_INPUT, InputKind.TOKEN) or spec.target is None:
            continue
        node = nodes[spec.arg.name]
        learnt = spec.kind == InputKind.PARAMETER
        is_saved = learnt or (spec.kind == InputKind.BUFFER and bool(spec.persistent))
        keys = tuple(same[id(saved[spec.target])]) if is_saved and spec.target in saved else (spec.target,)
        held = by_key.get(keys[0])
        if held is None:
            made = node.meta["val"]
            held = Held(keys, tuple(made.shape), learnt, is_saved, dtype_of(made.dtype), node)
            by_key[keys[0]] = held
        found[node] = held
    return found


def tensor_fields(held: Held) -> dict[str, Any]:
    """Return the fields, besides its shape, of the ``tensor`` layer that holds it."""
    if held.learnt:
        return {}
    return {"buffer": True, **({} if held.saved else {"persistent": False}), **dtype_field(held.dtype)}


def dtype_field(dtype: Dtype) -> dict[str, Any]:
    """Return the field ``dtype`` of ``tensor``, if it has to be written."""
    return {} if dtype == "float32" else {"dtype": dtype}


def dtype_of(dtype: torch.dtype) -> Dtype:
    """Return the dtype in calc: int64 for integers, float32 for floats and for booleans, which become 1 and 0."""
    return "float32" if dtype.is_floating_point or dtype == torch.bool else "int64"
