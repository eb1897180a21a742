"""The numbers in which the chains of one block differ: each is a param, or an expression of others."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from calc.spec.expressions import is_variable

SHORT = {"out_channels": "out", "out_features": "out", "kernel_size": "kernel", "num_embeddings": "rows"}
"""What the params of fields are called, where not as the field."""
_CHANNELS = ("out_channels", "out_features", "groups")
"""Fields that may be as many as the channels that enter, or so many times another."""


class Number(NamedTuple):
    """One field of one layer of a block: its name, what it is by default, and its value in each chain of the block."""

    field: str
    default: Any
    values: tuple[Any, ...]


class BlockParam(NamedTuple):
    """A param of a block: its name, its default if it has one, its value in each chain."""

    name: str
    has_default: bool
    default: Any
    values: tuple[Any, ...]


class Numbers:
    """Gives each number of a block what stands for it: itself where it is one, or a param. ``entering``: channels."""

    def __init__(self, entering: tuple[int | None, ...]) -> None:
        self.entering = entering
        self.params: list[BlockParam] = []

    def written(self, number: Number) -> Any:
        """The value, a param's name, or an expression."""
        values = number.values
        if all(map(_same, values, values[:1] * len(values))):
            return values[0]
        if values == self.entering and number.field in _CHANNELS:
            return "in"
        return next(self._expressions(number), None) or self._new(number)

    def _expressions(self, number: Number) -> Iterator[str]:
        for param in self.params:
            if all(map(_same, param.values, number.values)):
                yield param.name
        for param in self.params if number.field == "padding" else ():
            is_kernel = param.name.startswith("kernel") and _all_integers(param.values)
            if is_kernel and number.values == tuple([value // 2 for value in param.values]):
                yield f"{param.name} // 2"
        for param in self.params if number.field in _CHANNELS else ():
            if _all_integers((*param.values, *number.values)):
                times = number.values[0] // param.values[0] if param.values[0] else 0
                if times > 1 and number.values == tuple([times * value for value in param.values]):
                    yield f"{times} * {param.name}"

    def _new(self, number: Number) -> str:
        stem = SHORT.get(number.field, number.field).rstrip("0123456789")
        taken = {param.name for param in self.params}
        names = (f"{stem}{count}" if count > 1 else stem for count in range(1, len(taken) + 3))
        name = next(name for name in names if name not in taken and is_variable(name))
        usual = any(_same(number.default, value) for value in number.values)
        self.params.append(BlockParam(name, usual, number.default, number.values))
        return name


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _all_integers(values: Sequence[Any]) -> bool:
    return all(type(value) is int for value in values)
