"""Writes calls of one block in a row as ``repeat``, or as a table that ``for`` walks."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from calc.spec.write.params import BlockParam
from calc.spec.write.places import NUMBERED_NAME
from calc.spec.write.stages import FIRST, Stage, stages
from calc.spec.write.text import EMPTY, Members, Rows

_FEWEST_ROWS = 3
_LONGEST_PERIOD = 4
_ONCE = ("repeat", "for", "from", "again")
"""Keys beside the word of a layer that is written once for each run of it."""


class BlockCall(NamedTuple):
    """A call of a block with a value for each of its params, and the modifiers beside it."""

    block: str
    params: tuple[BlockParam, ...]
    arguments: tuple[Any, ...]
    beside: dict[str, Any]

    def layer(self, arguments: Sequence[Any] | None = None) -> dict[str, Any]:
        """Return the layer in file form, without values that equal the defaults."""
        values = self.arguments if arguments is None else arguments
        every = zip(self.params, values, strict=True)
        given = {param.name: value for param, value in every if not _usual(param, value)}
        (first, value) = next(iter(given.items()), ("", EMPTY))
        alone = len(given) == 1 and first == self.params[0].name and not isinstance(value, (list, tuple))
        return {self.block: value if alone or not given else given, **self.beside}


def _usual(param: BlockParam, value: Any) -> bool:
    return param.has_default and type(value) is type(param.default) and bool(value == param.default)


class OneRun(Rows):
    """A chain that calls one block several times.

    ``call`` is the first call, ``stage`` the number of calls and their changes.
    """

    def __init__(self, call: BlockCall, stage: Stage) -> None:
        super().__init__([_bare(_stage_layer(call, stage))])
        self.call = call
        self.stage = stage


Keyed = tuple[str, Any]


def in_list(members: Sequence[Keyed]) -> Rows:
    """Return the members of a numbered chain, with calls in a row put together."""
    found = Rows()
    for block, run in groupby([layer for _, layer in members], _block):
        layers = list(run)
        if not block:
            found += [_bare(layer) for layer in layers]
        elif isinstance(layers[0], OneRun):
            found += _together(layers) if len(layers) >= _FEWEST_ROWS else layers
        else:
            of = _stages(layers)
            if len(layers) == len(members) and len(of) == 1:
                return OneRun(layers[0], of[0])
            found += _calls(layers, of)
    return _periods(found)


def _stages(calls: Sequence[BlockCall]) -> list[Stage]:
    defaults = tuple([param.default if param.has_default else None for param in calls[0].params])
    return stages([call.arguments for call in calls], defaults)


def _calls(calls: Sequence[BlockCall], of: Sequence[Stage]) -> list[Any]:
    """Return calls of one block in a list."""
    if len(of) >= _FEWEST_ROWS:
        table = _table(calls[0], of)
        if table is not None:
            return [table]
    return [_bare(_stage_layer(calls[0], stage)) for stage in of]


def _together(runs: Sequence[OneRun]) -> Sequence[Any]:
    """Return chains that are each one run of one block as a table."""
    table = _table(runs[0].call, [run.stage for run in runs], in_chains=True)
    return runs if table is None else [table]


def in_mapping(members: Sequence[Keyed]) -> Members:
    """Return the members of a chain with named layers. Calls whose names only count are put together."""
    found = Members()
    for block, run in groupby(enumerate(members), lambda item: _counted(item[0], *item[1])):
        keyed = [member for _, member in run]
        if not block or len(keyed) == 1:
            found.update({key: _bare(layer) for key, layer in keyed})
            continue
        match = NUMBERED_NAME.fullmatch(keyed[0][0])
        assert match is not None
        found.update(_named(match[1], int(match[2]), [layer for _, layer in keyed], keyed))
    return found


def _named(stem: str, first: int, layers: Sequence[Any], keyed: Sequence[Keyed]) -> dict[str, Any]:
    """Return calls of one block, or chains that are runs of one, named ``stem`` and a number from ``first`` on."""
    if isinstance(layers[0], OneRun):
        of = [layer.stage for layer in layers]
        table = _table(layers[0].call, of, range(first, first + len(of)), in_chains=True) if len(of) > 2 else None
        return dict(keyed) if table is None else {f"{stem}{{stage}}": table}
    of = _stages(layers)
    starts = [first + sum([stage.times for stage in of[:at]]) for at, _ in enumerate(of)]
    if len(of) >= _FEWEST_ROWS:
        table = _table(layers[0], of, starts)
        if table is not None:
            return {f"{stem}{{{'number + i' if 'repeat' in table else 'number'}}}": table}
    found = {}
    for start, stage in zip(starts, of, strict=True):
        key = f"{stem}{start}"
        found[numbered_key(key) if stage.times > 1 else key] = _bare(_stage_layer(layers[0], stage))
    return found


def numbered_key(key: str) -> str:
    """Return the key for layers made by ``repeat``, the first of which is called ``key``."""
    match = NUMBERED_NAME.fullmatch(key)
    assert match is not None
    first = int(match[2])
    return f"{match[1]}{{{f'i + {first}' if first else 'i'}}}"


def _block(layer: Any) -> str:
    if isinstance(layer, OneRun):
        return f"[{layer.call.block} {layer.call.beside.get('from', '')}"
    if not isinstance(layer, BlockCall) or layer.beside.keys() - {"from"}:
        return ""
    return f"{layer.block} {layer.beside['from']}" if layer.beside else layer.block


def _counted(position: int, key: str, layer: Any) -> tuple[str, str, int] | str:
    match = NUMBERED_NAME.fullmatch(key)
    return (_block(layer), match[1], int(match[2]) - position) if match and _block(layer) else ""


def _bare(layer: Any) -> Any:
    written = layer.layer() if isinstance(layer, BlockCall) else layer
    if isinstance(written, dict) and len(written) == 1 and EMPTY in written.values():
        return next(iter(written))
    return written


def _stage_layer(call: BlockCall, stage: Stage) -> dict[str, Any]:
    layer = call.layer([stage.text(at) for at, _ in enumerate(stage.first)])
    return {**layer, "repeat": stage.times} if stage.times > 1 else layer


def _table(
    call: BlockCall, of: Sequence[Stage], numbers: Sequence[int] | None = None, *, in_chains: bool = False
) -> Members | None:
    """Return one call in a ``for`` loop over rows, or None if the calls cannot be written so.

    If ``in_chains``, each row is a chain of its own.
    """
    names = [param.name for param in call.params]
    columns = [at for at, _ in enumerate(names) if len({repr(stage.first[at]) for stage in of}) > 1]
    every = _in_one(of, {at: names[at] for at in columns})
    if every is None:
        return None
    heads = [names[at] for at in columns]
    rows = [[stage.first[at] for at in columns] for stage in of]
    times = {stage.times for stage in of}
    depth = "depth" if "depth" not in names else "times"
    if len(times) > 1:
        heads, rows = [*heads, depth], [[*row, stage.times] for row, stage in zip(rows, of, strict=True)]
    if numbers is not None:
        heads = ["stage" if in_chains else "number", *heads]
        rows = [[number, *row] for number, row in zip(numbers, rows, strict=True)]
    fixed = [every.text(at) for at, _ in enumerate(names) if at not in columns]
    hidden = any(_reads(text, heads) for text in fixed if isinstance(text, str))
    if not heads or hidden or len(set(heads)) < len(heads) or "i" in heads:
        return None
    layer = call.layer([every.text(at) for at, _ in enumerate(names)])
    if times != {1}:
        layer["repeat"] = depth if len(times) > 1 else times.pop()
    table = Members(chain=Rows([_bare(layer)])) if in_chains else Members(layer)
    alone = len(heads) == 1
    table["for"] = heads[0] if alone else heads
    table["over"] = [row[0] for row in rows] if alone else Rows(rows)
    return table


def _in_one(of: Sequence[Stage], columns: dict[int, str]) -> Stage | None:
    """Return one stage for all of ``of``, with names in ``columns``; None if their later calls differ."""
    longer = [stage for stage in of if stage.times > 1]
    changing = {at for stage in longer for at in stage.changes}
    rests = {at: {repr(stage.rest[at]) for stage in longer} for at in changing}
    if any(stage.test != FIRST for stage in longer) or any(len(values) > 1 for values in rests.values()):
        return None
    first = tuple([columns.get(at, value) for at, value in enumerate(of[0].first)])
    rest = tuple([longer[0].rest[at] if at in changing else value for at, value in enumerate(first)])
    return Stage(first, rest, 2 if longer else 1)


def _reads(text: str, names: Sequence[str]) -> bool:
    return not set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text)).isdisjoint(names)


def _periods(layers: Rows) -> Rows:
    """Return ``layers`` with equal ones in a row, and sequences that repeat in the same order, put together."""
    found, at, said = Rows(), 0, list(map(repr, layers))
    while at < len(layers):
        alike = next((each for each, other in enumerate(said[at:]) if other != said[at]), len(said) - at)
        layer = {layers[at]: EMPTY} if isinstance(layers[at], str) else layers[at]
        if alike >= _FEWEST_ROWS and isinstance(layer, dict) and layer.keys().isdisjoint(_ONCE):
            found.append(type(layer)({**layer, "repeat": alike}))
            at += alike
            continue
        period = next((each for each in range(2, _LONGEST_PERIOD + 1) if _again(said, at, each) >= _FEWEST_ROWS), 0)
        if period:
            times = _again(said, at, period)
            found.append(Members(splice=Rows(layers[at : at + period]), repeat=times))
            at += period * times
        else:
            found.append(layers[at])
            at += 1
    return found


def _again(said: Sequence[str], at: int, period: int) -> int:
    """Return how often the ``period`` layers from ``at`` on occur in a row."""
    first, times = said[at : at + period], 0
    while len(first) == period and said[at + times * period : at + (times + 1) * period] == first:
        times += 1
    return times if len(set(first)) > 1 else 0
