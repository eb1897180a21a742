"""Turns the numbers in which the chains of one block differ into params, or into expressions of other params."""

import re
from collections.abc import Iterator, Sequence
from string import digits
from typing import Any, NamedTuple

from calc.spec.expressions import is_variable
from calc.spec.write.relations import MISSING, conditions, halved, is_constant, known, matches, ratio, times
from calc.spec.write.text import EMPTY

SHORT = {
    "out_channels": "out", "out_features": "out", "kernel_size": "kernel", "num_embeddings": "rows", "shape": "size",
    "shape.side": "side", "shape.heads": "heads",
}  # fmt: skip
"""The names of params for fields, if they differ from the field's name."""
_WIDTHS = ("out_channels", "out_features", "out", "hidden")
"""Fields, and params of inner blocks, for the number of output channels of a layer."""
_CHANNELS = (*_WIDTHS, "groups", "shape", "size", "num_heads", "heads")
"""These fields, and others whose value may equal, multiply or divide a number of channels."""
_MOST_RATIOS = 3


class Number(NamedTuple):
    """One field of one layer in a block: its name, its default, and its value in each chain of the block.

    ``layer`` is the name of the layer. A value is MISSING if a chain has no such layer.
    """

    field: str
    default: Any
    values: tuple[Any, ...]
    layer: str = ""

    @property
    def is_constant(self) -> bool:
        """True if all chains have the same value."""
        return is_constant(self.values)

    @property
    def is_width(self) -> bool:
        """True if it is the number of output channels of a layer."""
        return self.field in _WIDTHS or self.field.endswith(("_out", "_hidden"))

    @property
    def counts_channels(self) -> bool:
        """True if a relation to the number of channels is meant, and not chance."""
        return self.is_width or self.field.partition(".")[0] in _CHANNELS


class BlockParam(NamedTuple):
    """A param of a block: its name, its default if it has one, and its value in each chain.

    If ``derived``, the default is an expression of other params, and no call sets another value.
    """

    name: str
    has_default: bool
    default: Any
    values: tuple[Any, ...]
    derived: bool = False


class Numbers:
    """Chooses how each number of a block is written: as a constant, a param, or an expression of params.

    ``entering`` and ``leaving`` are the input and output channels of each chain. ``every`` has the numbers of the block
    in order. The output channels are a param if one of these numbers equals them.
    """

    def __init__(
        self, entering: tuple[int | None, ...], leaving: tuple[int | None, ...] = (), every: Sequence[Number] = ()
    ) -> None:
        self.entering = entering
        self.leaving = leaving
        self.params: list[BlockParam] = []
        self.every = every
        self.makes_out = any(map(self._is_out, every))
        self.solved: dict[str, Any] = {}
        for number in sorted(every, key=lambda number: number.values.count(MISSING)):
            self.solved[repr(number)] = self.written(number)

    def written(self, number: Number) -> Any:
        """Return the value, the name of a param, or an expression. For a list, returns one for each item."""
        if number.is_constant:
            return known(number.values)[0]
        if repr(number) in self.solved:
            return self.solved[repr(number)]
        parts = _parts(number)
        if parts:
            return [self.written(part) for part in parts]
        return next(self._expressions(number), None) or self._new(number)

    def flag(self, name: str, values: tuple[Any, ...], *, follows: bool = True) -> str:
        """Return a condition that is true or false in each chain as in ``values``, if need be as a new param ``name``.

        With ``follows`` it may be a condition on numbers. For a layer without parameters that would be chance.
        """
        named = [(param.name, param.values) for param in self.params]
        named = [each for each in named if follows or all(type(value) is bool for value in each[1])]
        for text, found in conditions(self.entering, named):  # conditions on booleans come first
            if matches(values, found):
                return text
        name = name if is_variable(name) else "present"
        return self._new(Number(name, True, values))

    def mark(self) -> int:
        """Return the number of params so far, for ``back_to``."""
        return len(self.params)

    def back_to(self, mark: int) -> None:
        """Remove the params that were added after ``mark``."""
        del self.params[mark:]

    def _is_out(self, number: Number) -> bool:
        follows = times(self.leaving, self.entering) or times(self.entering, self.leaving)
        return (
            number.is_width
            and not number.is_constant
            and not follows
            and number.values == self.leaving != self.entering
        )

    def _expressions(self, number: Number) -> Iterator[str]:
        if number.counts_channels and matches(number.values, self.entering):
            yield "in"
        for param in self.params:
            if matches(number.values, param.values):
                yield param.name
        for param in self.params if number.field.startswith("padding") else ():
            if param.name.endswith("kernel") and halved(number.values, param.values):
                yield f"{param.name} // 2"
        if number.counts_channels and not self._is_out(number):
            yield from (self._shortened(number, text) for text in self._relations(number))

    def _relations(self, number: Number) -> Iterator[str]:
        """Yield expressions for the channels in ``number`` in terms of others."""
        others = [("in", self.entering), *[(param.name, param.values) for param in self.params]]
        for name, values in others:
            factor = times(number.values, values)
            if factor:
                yield f"{factor} * {name}"
        if self.makes_out and "out" not in [param.name for param in self.params]:
            others.append(("out", self.leaving))
        for name, values in others:
            factor = times(values, number.values)
            if factor:
                self._exists(name)
                yield f"{name} // {factor}"
        ratios = ratio(number.values, self.entering) if number.is_width else ()
        if ratios and len(set(known(ratios))) <= min(_MOST_RATIOS, len(set(known(number.values))) - 1):
            named = next((param.name for param in self.params if matches(ratios, param.values)), "")
            yield f"in * {named or self._new(Number('expand', EMPTY, ratios))}"

    def _shortened(self, number: Number, text: str) -> str:
        """Return ``text``, or a new param for it if several numbers of the block equal it."""
        if sum(each.values == number.values for each in self.every) < 2:  # twice
            return text
        name = self._name(number)
        self.params.append(BlockParam(name, True, text, number.values, derived=True))
        return name

    def _exists(self, name: str) -> None:
        """Make the output channels a param, because an expression may use it before a layer does."""
        if name == "out" and all(param.name != name for param in self.params):
            self.params.append(BlockParam(name, False, None, self.leaving))

    def _new(self, number: Number) -> str:
        name = self._name(number)
        values, default, usual = number.values, number.default, known(number.values)
        has_default = any(type(default) is type(value) and default == value for value in usual)
        if MISSING in values and not has_default:  # a call without such a layer leaves the param out
            counts = all(type(value) is int and value > 0 for value in usual)
            has_default, default = True, 0 if counts else max(usual, key=usual.count)
        filled = tuple([default if value is MISSING else value for value in values])
        self.params.append(BlockParam(name, has_default, default, filled))
        return name

    def _name(self, number: Number) -> str:
        short = SHORT.get(number.field, number.field)
        stem = short.rstrip(digits)
        if number.is_width and stem in _WIDTHS:
            stem = "out" if self._is_out(number) or not self.leaving else "hidden"
        taken = {"in", *[param.name for param in self.params]}
        of_layer = [f"{number.layer}_{short}"] if re.fullmatch("[A-Za-z].*", number.layer) else []
        of_layer = [] if "." in number.field else of_layer
        names = (stem, *of_layer, *[f"{stem}{count}" for count in range(2, len(taken) + 3)])
        return next(name for name in names if name not in taken and is_variable(name))


class Recorded(Numbers):
    """Collects the numbers of a block, so that all are known before the first gets a name."""

    every: list[Number]

    def __init__(self) -> None:
        super().__init__(())
        self.every = []

    def written(self, number: Number) -> Any:
        """Return the value in the first chain that has the layer."""
        parts = () if number.is_constant else _parts(number)
        if parts:
            return [self.written(part) for part in parts]
        self.every.append(number)
        return known(number.values)[0]

    def flag(self, name: str, values: tuple[Any, ...], *, follows: bool = True) -> str:
        """Return ``name``, because no condition is known yet."""
        return name

    def mark(self) -> int:
        return len(self.every)

    def back_to(self, mark: int) -> None:
        del self.every[mark:]


def _parts(number: Number) -> tuple[Number, ...]:
    """Return a number for each item, if the value in every chain is a list of the same length."""
    lists = known(number.values)
    if not all(isinstance(value, (list, tuple)) for value in lists) or len({*map(len, lists)}) > 1:
        return ()
    columns = list(
        zip(*[[value] * len(lists[0]) if value is MISSING else value for value in number.values], strict=True)
    )
    fields = _shape_parts(columns) if number.field == "shape" else [number.field] * len(columns)
    return tuple([Number(field, EMPTY, column, number.layer) for field, column in zip(fields, columns, strict=True)])


def _shape_parts(columns: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return a field name for each number of a shape.

    Numbers that occur twice are sides. If a reshape keeps the axes before and the last axis is constant, the number
    before it counts heads.
    """
    fields = ["shape.side" if columns.count(column) > 1 else "shape" for column in columns]
    keeps = any(set(known(column)) == {0} for column in columns[:-2])
    if keeps and fields[-2] == "shape" and is_constant(columns[-1]):
        fields[-2] = "shape.heads"
    return fields
