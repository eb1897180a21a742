"""``for``, ``repeat`` and ``when``: the scopes in which a member is expanded, in order."""

from collections.abc import Iterator
from typing import Any

from calc.errors import OpError
from calc.ops.base.fields import show
from calc.spec.model import Loop, Member
from calc.spec.values import Compiled, EvaluationError, Scope

MAX_REPEAT = 1_000_000


def turns(member: Member, scope: Scope) -> Iterator[Scope]:
    """The scope of each turn of ``member``, those too that its ``when`` will drop: for, then repeat.

    Raises OpError for a loop that cannot be walked, when it is reached.
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
    """How often a member stands. Raises OpError where it is no integer in range."""
    count = value.located(scope)
    if type(count) is not int or not 0 <= count <= MAX_REPEAT:
        fact = f"repeat={show(count)}: must be an integer from 0 to {MAX_REPEAT}"
        raise EvaluationError(OpError(fact), value.node.place)
    return count


def condition(value: Compiled, scope: Scope, word: str) -> bool:
    """Whether ``when`` or ``shortcut_when`` holds. Raises OpError where it is neither true nor false."""
    found = value.located(scope)
    if type(found) is not bool:
        written = "" if value.constant else f"{value.text} is "
        error = OpError(f"{word} must be true or false, {written}{show(found)}", "write a comparison, such as i == 0")
        raise EvaluationError(error, value.node.place)
    return found


def _looped(loop: Loop, scope: Scope) -> Iterator[Scope]:
    lists = [_items(value, scope) for value in loop.values]
    names = loop.names
    rows: Any = lists[0]
    if loop.columns:
        if len(set(map(len, lists))) > 1:
            named = ", ".join([f"{name} {len(items)}" for name, items in zip(names, lists, strict=True)])
            raise OpError(f"for walks lists of unequal length: {named}")
        rows = zip(*lists, strict=True)
    for number, row in enumerate(rows):
        if type(row) is not tuple or len(row) != len(names):
            found = f"has {len(row)} values" if type(row) is tuple else f"is {show(row)}, no list"
            fact = f"row {number} of over {found}; for has {len(names)} names ({', '.join(names)})"
            raise EvaluationError(OpError(fact), loop.values[0].node.place)
        inner = scope.inner()
        inner.update(zip(names, row, strict=True))
        yield inner


def _items(value: Compiled, scope: Scope) -> tuple[Any, ...]:
    items = value.located(scope)
    if type(items) is not tuple:
        written = "" if value.constant else f"{value.text} is "
        raise EvaluationError(OpError(f"for wants a list, {written}{show(items)}"), value.node.place)
    return items
