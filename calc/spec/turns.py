"""Applies the modifiers of a member: the scopes of its turns, in order, and its bits."""

from collections.abc import Iterator
from typing import Any

from calc.errors import OpError, number_of
from calc.model.bits_named import bits_named
from calc.model.graph import Bits
from calc.ops.base.fields import show
from calc.recorded import fixed
from calc.spec.model import Loop, Member
from calc.spec.modifiers import BITS_WORD
from calc.spec.values import Compiled, EvaluationError, Scope

MAX_REPEAT = 1_000_000
WIDTH = "an integer from 1 to 64, like w4a8, or a format such as int4g128"
"""The values that bits: takes."""


def turns(member: Member, scope: Scope) -> Iterator[Scope]:
    """Yield the scope of each turn of ``member``, first by for, then by repeat. ``when`` is not applied yet.

    Raises OpError when it reaches a loop with wrong values.
    """
    for looped in _looped(member.loop, scope) if member.loop else (scope,):
        if member.repeat is None:
            yield looped
            continue
        for i in range(repeat_count(member.repeat, looped)):
            inner = looped.inner()
            inner["i"] = i
            yield inner


def repeat_count(value: Compiled, scope: Scope) -> int:
    """Return the number of repeats of a member. Raises OpError if it is not an integer in range."""
    count = fixed(value.located(scope))
    if type(count) is not int or not 0 <= count <= MAX_REPEAT:
        hint = f"write {int(count)}, or // in an expression" if type(count) is float and count.is_integer() else ""
        raise _refused(value, "repeat", count, f"an integer from 0 to {MAX_REPEAT}", hint)
    return count


def condition(value: Compiled, scope: Scope, word: str) -> bool:
    """Return the value of ``when`` or ``shortcut_when``. Raises OpError if it is neither true nor false."""
    found = value.located(scope)
    if type(found) is not bool:
        raise _refused(value, word, found, "true or false", "write a comparison, such as i == 0")
    return found


def turn_bits(value: Compiled, scope: Scope) -> Bits:
    """Return the value of ``bits``: 8, w4a8, or a format. Raises OpError if it is none of them."""
    found = fixed(value.located(scope))
    match = BITS_WORD.fullmatch(found) if isinstance(found, str) else None
    if isinstance(found, str) and match is None:
        return _named_bits(value, found)
    pair = (int(match[1]), int(match[2])) if match else (found, found)
    if any(type(bits) is not int or not 1 <= bits <= 64 for bits in pair):
        raise _refused(value, "bits", found, WIDTH)
    return Bits(*pair)


def _named_bits(value: Compiled, name: str) -> Bits:
    try:
        found = bits_named(name)
    except OpError as error:
        raise EvaluationError(error, value.node.place) from None
    if found is None:
        from calc.formats import nearest_format  # only an error pays for the names

        raise _refused(value, "bits", name, WIDTH, nearest_format(name))
    return found


def _refused(value: Compiled, key: str, found: object, wants: str, hint: str = "") -> EvaluationError:
    written = "" if value.constant else f" ({value.text})"
    return EvaluationError(OpError(f"{key}={show(found)}{written}: must be {wants}", hint), value.node.place)


def _looped(loop: Loop, scope: Scope) -> Iterator[Scope]:
    lists = [_items(value, scope) for value in loop.values]
    names = loop.names
    rows: Any = lists[0]
    if loop.columns:
        if len(set(map(len, lists))) > 1:
            named = ", ".join([f"{name} {len(items)}" for name, items in zip(names, lists, strict=True)])
            raise EvaluationError(OpError(f"for walks lists of unequal length: {named}"), loop.values[1].node.place)
        rows = zip(*lists, strict=True)
    for number, row in enumerate(rows):
        if type(row) is not tuple or len(row) != len(names):
            wanted = f"must be a list of {number_of(len(names), 'value')} ({', '.join(names)})"
            hint = f"for: {names[0]} walks single values" if len(names) == 1 else ""
            error = OpError(f"row {number} of over is {show(row)}: {wanted}", hint)
            raise EvaluationError(error, loop.values[0].node.place)
        inner = scope.inner()
        inner.update(zip(names, row, strict=True))
        yield inner


def _items(value: Compiled, scope: Scope) -> tuple[Any, ...]:
    items = value.located(scope)
    if type(items) is not tuple:
        raise _refused(value, "over", items, "a list")
    return items
