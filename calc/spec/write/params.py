"""The numbers in which the chains of one block differ: each is a param, or an expression of others."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from calc.spec.expressions import is_variable

SHORT = {"out_channels": "out", "out_features": "out", "kernel_size": "kernel", "num_embeddings": "rows"}
"""What the params of fields are called, where not as the field."""
_CHANNELS = ("out_channels", "out_features", "out", "hidden", "groups")
"""Fields, and params of inner blocks, that may be as many as other channels, or so many times as many."""
_WIDTHS = ("out_channels", "out_features", "out", "hidden")
"""Those of them that say how many channels come out of a layer."""


class Number(NamedTuple):
    """One field of one layer of a block: its name, what it is by default, and its value in each chain of the block.

    ``layer``: what the layer is called.
    """

    field: str
    default: Any
    values: tuple[Any, ...]
    layer: str = ""

    @property
    def is_constant(self) -> bool:
        """Whether all chains have it alike."""
        return all(map(_same, self.values, self.values[:1] * len(self.values)))

    @property
    def counts_channels(self) -> bool:
        """Whether it says how many channels there are, so that a relation to others is none by chance."""
        return self.field in _CHANNELS or self.field.endswith(("_out", "_hidden"))


class BlockParam(NamedTuple):
    """A param of a block: its name, its default if it has one, its value in each chain."""

    name: str
    has_default: bool
    default: Any
    values: tuple[Any, ...]


class Numbers:
    """Gives each number of a block what stands for it: itself where it is one, a param, or an expression of params.

    ``entering`` and ``leaving``: the channels of what enters each chain, and of what comes out. ``every``: the numbers
    of the block in order; what comes out of it is a param where one of them says it.
    """

    def __init__(
        self, entering: tuple[int | None, ...], leaving: tuple[int | None, ...] = (), every: Sequence[Number] = ()
    ) -> None:
        self.entering = entering
        self.leaving = leaving
        self.params: list[BlockParam] = []
        self.makes_out = any(map(self._is_out, every))
        for number in every:
            self.written(number)

    def written(self, number: Number) -> Any:
        """The value, a param's name, or an expression."""
        if number.is_constant:
            return number.values[0]
        return next(self._expressions(number), None) or self._new(number)

    def _is_out(self, number: Number) -> bool:
        is_width = number.counts_channels and number.field != "groups"
        return is_width and not number.is_constant and number.values == self.leaving != self.entering

    def _expressions(self, number: Number) -> Iterator[str]:
        if number.counts_channels and number.values == self.entering:
            yield "in"
        for param in self.params:
            if all(map(_same, param.values, number.values)):
                yield param.name
        for param in self.params if number.field.startswith("padding") else ():
            is_kernel = param.name.endswith("kernel") and _all_integers(param.values)
            if is_kernel and number.values == tuple([value // 2 for value in param.values]):
                yield f"{param.name} // 2"
        if number.counts_channels and not self._is_out(number) and _all_integers(number.values):
            yield from self._relations(number)

    def _relations(self, number: Number) -> Iterator[str]:
        """How the channels that ``number`` says follow from others."""
        known = [("in", self.entering), *[(param.name, param.values) for param in self.params]]
        for name, values in known:
            times = _times(number.values, values)
            if times:
                yield f"{times} * {name}"
        if self.makes_out and "out" not in [param.name for param in self.params]:
            known.append(("out", self.leaving))
        for name, values in known:
            times = _times(values, number.values)
            if times:
                yield self._existing(name) + f" // {times}"

    def _existing(self, name: str) -> str:
        """``name``, which is a param from now on: what comes out may be named before a layer says it."""
        if name == "out" and all(param.name != name for param in self.params):
            self.params.append(BlockParam(name, False, None, self.leaving))
        return name

    def _new(self, number: Number) -> str:
        name = self._name(number)
        usual = any(_same(number.default, value) for value in number.values)
        self.params.append(BlockParam(name, usual, number.default, number.values))
        return name

    def _name(self, number: Number) -> str:
        stem = SHORT.get(number.field, number.field).rstrip("0123456789")
        if stem in _WIDTHS:
            stem = "out" if self._is_out(number) or not self.leaving else "hidden"
        taken = {"in", "out" if self.makes_out and stem != "out" else "", *[param.name for param in self.params]}
        named = re.fullmatch("[A-Za-z].*", number.layer)
        of_layer = [f"{number.layer}_{SHORT.get(number.field, number.field)}"] if named else []
        names = (stem, *of_layer, *[f"{stem}{count}" for count in range(2, len(taken) + 3)])
        return next(name for name in names if name not in taken and is_variable(name))


class Recorded(Numbers):
    """Keeps the numbers of a block, so that all are known before the first is given a name."""

    def __init__(self) -> None:
        super().__init__(())
        self.every: list[Number] = []

    def written(self, number: Number) -> Any:
        """The value in the first chain."""
        self.every.append(number)
        return number.values[0]


def _times(values: Sequence[Any], others: Sequence[Any]) -> int:
    """How many times ``others`` all ``values`` are; 0 where they are not, or are as many."""
    if not _all_integers((*values, *others)) or not all(others):
        return 0
    times: int = values[0] // others[0]
    is_exact = all(value == times * other for value, other in zip(values, others, strict=True))
    return times if is_exact and times > 1 else 0


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _all_integers(values: Sequence[Any]) -> bool:
    return all(type(value) is int for value in values)
