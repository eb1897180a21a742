"""Lets a module whose forward takes dicts, lists or booleans be called with single tensors of numbers."""

from collections.abc import Callable, Collection, Mapping
from inspect import Parameter, Signature, signature
from typing import Any

import torch
from torch import nn

from verify.importers.arguments import Path


class GatheredForward:
    """A forward that takes one tensor for each name of ``paths``, and calls the module's own with containers of them.

    The containers have the tensors at the places that ``paths`` give. In those of ``booleans``, all numbers but 0 are
    true.
    ``own`` is the forward of the module itself, if it is not that of its class.
    """

    def __init__(
        self, module: nn.Module, own: Callable[..., Any] | None, paths: Mapping[str, Path], booleans: Collection[str]
    ) -> None:
        self.module = module  # a copy of this object then has the copy of the module
        self.own = own
        self.paths = paths
        self.booleans = frozenset(booleans)
        known = signature(self._own).parameters
        annotations = {
            name: known[path[0]].annotation for name, path in paths.items() if len(path) == 1 and path[0] in known
        }
        kind, none = Parameter.POSITIONAL_OR_KEYWORD, Parameter.empty
        taken = [Parameter(name, kind, annotation=annotations.get(name, none)) for name in paths]
        self.__signature__ = Signature(taken)

    @property
    def _own(self) -> Callable[..., Any]:
        found: Callable[..., Any] = self.own or type(self.module).forward.__get__(self.module)
        return found

    def __call__(self, *args: torch.Tensor, **kwargs: torch.Tensor) -> Any:
        """Return what the module's own forward returns."""
        tensors = self.__signature__.bind(*args, **kwargs).arguments
        values: dict[str, Any] = {}
        for name, tensor in tensors.items():
            *containers, key = self.paths[name]
            inside = values
            for each in containers:
                inside = inside.setdefault(each, {})
            inside[key] = tensor != 0 if name in self.booleans else tensor
        return _call(self._own, {name: _as_container(each) for name, each in values.items()})


def gather(module: nn.Module, paths: Mapping[str, Path], booleans: Collection[str] = ()) -> None:
    """Let ``module`` be called with one tensor for each name of ``paths``; see GatheredForward."""
    own = vars(module).get("forward")
    module.forward = GatheredForward(module, own.own if isinstance(own, GatheredForward) else own, paths, booleans)


def _call(forward: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Call ``forward`` with ``values`` by name, or by position if its signature requires it."""
    parameters = signature(forward).parameters.values()
    spread = [each.name for each in parameters if each.kind == Parameter.VAR_POSITIONAL and each.name in values]
    first: list[Any] = []
    named = dict(values)
    for each in parameters:
        if each.name not in named:
            continue
        value = named[each.name]
        if isinstance(value, list) and "uple" in str(each.annotation):
            value = named[each.name] = tuple(value)
        if each.kind == Parameter.VAR_POSITIONAL:
            first += named.pop(each.name)
        elif each.kind == Parameter.POSITIONAL_ONLY or (spread and each.kind == Parameter.POSITIONAL_OR_KEYWORD):
            first.append(named.pop(each.name))
    return forward(*first, **named)


def _as_container(value: Any) -> Any:
    """Return ``value`` with a list for each dict whose keys are positions."""
    if not isinstance(value, dict):
        return value
    inside = {key: _as_container(each) for key, each in value.items()}
    return [inside[key] for key in sorted(inside, key=int)] if all(key.isdigit() for key in inside) else inside
