"""Calls of one block after another, as ``repeat`` or as a table that ``for`` walks."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from calc.spec.write.params import BlockParam
from calc.spec.write.text import EMPTY, Members, Rows

_NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]{0,8})")
_FEWEST_ROWS = 3


class BlockCall(NamedTuple):
    """A call of a block with a value for each of its params, and what stands beside it."""

    block: str
    params: tuple[BlockParam, ...]
    arguments: tuple[Any, ...]
    beside: dict[str, Any]

    def layer(self, arguments: Sequence[Any] | None = None) -> dict[str, Any]:
        """As it is written, without what is so by default."""
        values = self.arguments if arguments is None else arguments
        every = zip(self.params, values, strict=True)
        given = {param.name: value for param, value in every if not _usual(param, value)}
        (first, value) = next(iter(given.items()), ("", EMPTY))
        alone = len(given) == 1 and first == self.params[0].name and not isinstance(value, (list, tuple))
        return {self.block: value if alone or not given else given, **self.beside}


def _usual(param: BlockParam, value: Any) -> bool:
    return param.has_default and type(value) is type(param.default) and bool(value == param.default)


Keyed = tuple[str, Any]


def in_list(members: Sequence[Keyed]) -> Rows:
    """The members of a numbered chain; calls in a row are put together."""
    found = Rows()
    for block, run in groupby(members, lambda member: _block(member[1])):
        layers = [layer for _, layer in run]
        if not block or len(layers) == 1:
            found += [_bare(layer) for layer in layers]
        elif len(set(map(_key, layers))) == 1:
            found.append({**layers[0].layer(), "repeat": len(layers)})
        elif not _tabular(layers):
            found += [_bare(layer) for layer in layers]
        else:
            found.append(_table(layers))
    return found


def in_mapping(members: Sequence[Keyed]) -> Members:
    """The members of a chain whose layers have names; calls whose names only count are put together."""
    found = Members()
    for block, run in groupby(enumerate(members), lambda item: _counted(item[0], *item[1])):
        keyed = [member for _, member in run]
        same = bool(block) and len({_key(layer) for _, layer in keyed}) == 1
        if len(keyed) == 1 or not block or not (same or _tabular([layer for _, layer in keyed])):
            found.update({key: _bare(layer) for key, layer in keyed})
            continue
        match = _NUMBERED.fullmatch(keyed[0][0])
        assert match is not None
        stem, first = match[1], int(match[2])
        layers = [layer for _, layer in keyed]
        if same:
            found[f"{stem}{{{f'i + {first}' if first else 'i'}}}"] = {**layers[0].layer(), "repeat": len(keyed)}
        else:
            found[f"{stem}{{number}}"] = _table(layers, range(first, first + len(keyed)))
    return found


def _block(layer: Any) -> str:
    return layer.block if isinstance(layer, BlockCall) and not layer.beside else ""


def _counted(position: int, key: str, layer: Any) -> tuple[str, str, int] | str:
    match = _NUMBERED.fullmatch(key)
    return (_block(layer), match[1], int(match[2]) - position) if match and _block(layer) else ""


def _key(call: BlockCall) -> str:
    return repr(call.arguments)


def _bare(layer: Any) -> Any:
    written = layer.layer() if isinstance(layer, BlockCall) else layer
    if isinstance(written, dict) and len(written) == 1 and EMPTY in written.values():
        return next(iter(written))
    return written


def _tabular(calls: Sequence[BlockCall]) -> bool:
    """Whether a table says no less: where all calls have one expression, a column could hide what it reads."""
    columns = list(zip(*[call.arguments for call in calls], strict=True))
    fixed = [column[0] for column in columns if len(set(map(repr, column))) == 1]
    return len(calls) >= _FEWEST_ROWS and not any(isinstance(value, str) for value in fixed)


def _table(calls: Sequence[BlockCall], numbers: range | None = None) -> Members:
    """One call that ``for`` makes once a row; rows that are equal stand once, with how often."""
    first = calls[0]
    columns = [at for at, _ in enumerate(first.params) if len({repr(call.arguments[at]) for call in calls}) > 1]
    arguments = [param.name if at in columns else first.arguments[at] for at, param in enumerate(first.params)]
    rows = [[call.arguments[at] for at in columns] for call in calls]
    names = [first.params[at].name for at in columns]
    runs = [(row, len(list(run))) for row, run in groupby(rows)]
    table = Members(first.layer(arguments))
    if numbers is not None:
        names, rows = ["number", *names], [[number, *row] for number, row in zip(numbers, rows, strict=True)]
    elif len(runs) < len(rows):
        times = "n" if "n" not in names else "times"
        names, rows = [*names, times], [[*row, count] for row, count in runs]
        table["repeat"] = times
    alone = len(names) == 1
    table["for"] = names[0] if alone else names
    table["over"] = [row[0] for row in rows] if alone else Rows(rows)
    return table
