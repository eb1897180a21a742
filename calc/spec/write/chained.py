"""Writes a sequence of calls with numbered names as one call with ``repeat``, if each call reads the one before it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from calc.spec.write.places import NUMBERED_NAME
from calc.spec.write.runs import BlockCall, Keyed, numbered_key

_FEWEST = 3
_BEFORE = "{before}"


class _Told(NamedTuple):
    """One call: the stem and number of its name, the parts that all calls have in common, and values that may grow by
    1.
    """

    stem: str
    number: int
    same: tuple[Any, ...]
    values: tuple[Any, ...]


def chained(members: Sequence[Keyed]) -> list[Keyed]:
    """Return the ``members`` of a chain with named layers, with each sequence of three or more such calls as one."""
    found: list[Keyed] = []
    at = 0
    while at < len(members):
        end, grows = at + 1, None
        while end < len(members):
            step = _growth(members[end - 1], members[end])
            if step is None or grows not in (None, step):
                break
            end, grows = end + 1, step
        if grows is None or end - at < _FEWEST:
            end = at + 1
            found.append(members[at])
        else:
            found.append(_together(members[at], grows, end - at))
        at = end
    return found


def _growth(before: Keyed, member: Keyed) -> tuple[int, ...] | None:
    """Return the growth, 0 or 1, of each value from ``before`` to ``member``; None if that is not the next call."""
    one, other = _told(*before), _told(*member)
    if one is None or other is None or (one.stem, one.number + 1, one.same) != (other.stem, other.number, other.same):
        return None
    steps = [_difference(*pair) for pair in zip(one.values, other.values, strict=True)]
    return None if None in steps else tuple([step for step in steps if step is not None])


def _difference(one: Any, other: Any) -> int | None:
    if type(one) is type(other) and one == other:
        return 0
    return 1 if type(one) is type(other) is int and other == one + 1 else None


def _told(key: str, layer: Any) -> _Told | None:
    """Return ``layer`` as a call that may be one of a sequence, or None if it cannot be."""
    match = NUMBERED_NAME.fullmatch(key)
    if match is None:
        return None
    stem, number = match[1], int(match[2])
    if isinstance(layer, BlockCall) and layer.beside.keys() == {"from"}:
        read = _read(layer.beside["from"], f"{stem}{number - 1}")
        return _Told(stem, number, (layer.block, read), layer.arguments) if _BEFORE in repr(read) else None
    if isinstance(layer, dict) and "again" in layer and layer.keys() <= {"again", "from"}:
        read = _read(layer.get("from"), f"{stem}{number - 1}")
        return _Told(stem, number, (f"again {layer['again']}", read), ())
    return None


def _read(names: Any, before: str) -> Any:
    """Return the ``names`` of ``from`` with a placeholder for the name of the call ``before``."""
    if isinstance(names, str):
        head, dot, rest = names.partition(".")
        return f"{_BEFORE}{dot}{rest}" if head == before else names
    return None if names is None else tuple([_read(name, before) for name in names])


def _together(first: Keyed, grows: Sequence[int], times: int) -> Keyed:
    key, layer = first
    told = _told(key, layer)
    assert told is not None
    hole = f"{told.stem}{{{_counted(told.number - 1)}}}"

    def written(read: Any) -> Any:
        return read.replace(_BEFORE, hole) if isinstance(read, str) else [written(each) for each in read]

    read = told.same[1]
    beside = {} if read is None else {"from": written(read)}
    beside["repeat"] = times
    if isinstance(layer, BlockCall):
        values = [_counted(value) if step else value for value, step in zip(told.values, grows, strict=True)]
        return numbered_key(key), layer._replace(arguments=tuple(values), beside=beside)
    return numbered_key(key), {"again": layer["again"], **beside}


def _counted(first: int) -> str:
    """Return the text of an expression that is ``first`` in the first turn and grows by 1."""
    return f"i + {first}" if first else "i"
