"""Groups calls of one block in a row into stages: the number of calls, and arguments of the first that differ."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

Arguments = tuple[Any, ...]
FIRST = "i == 0"
EVERY_SECOND = "i % 2 == 0"
_MOST_CHANGES = 2
_MOST_USUAL = 2
_OFTEN = 4
_FEWEST_IN_TURN = 4


class Stage(NamedTuple):
    """A run of ``times`` calls with the arguments ``first`` if ``test`` holds, else ``rest``."""

    first: Arguments
    rest: Arguments
    times: int
    test: str = FIRST

    @property
    def changes(self) -> list[int]:
        """The arguments that differ between its calls."""
        return [at for at, value in enumerate(self.first) if self.times > 1 and not _same(value, self.rest[at])]

    def text(self, at: int) -> Any:
        """Return the argument ``at`` as it is written."""
        first, rest = self.first[at], self.rest[at]
        if at not in self.changes:
            return first
        return either(first, rest, self.test)


def either(first: Any, rest: Any, test: str) -> str:
    """Return the expression that is ``first`` if ``test`` holds, else ``rest``."""
    if type(first) is type(rest) is bool:
        return test if first else {FIRST: "i > 0", EVERY_SECOND: "i % 2 == 1"}[test]
    return f"{_in_expression(first)} if {test} else {_in_expression(rest)}"


def _in_expression(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"({value})" if " if " in str(value) else str(value)


def stages(calls: Sequence[Arguments], defaults: Arguments) -> list[Stage]:
    """Return ``calls`` as the fewest possible stages. Only the first call of a stage has arguments that are not usual.

    A usual value is the default or, if ``defaults`` has None, a value that is frequent enough.
    """
    found: list[list[Stage]] = []
    columns = [at for at, _ in enumerate(calls[0]) if len({repr(call[at]) for call in calls}) > 1]
    usual = {at: _usual([call[at] for call in calls], defaults[at]) for at in columns}
    sayable = [at for at in columns if usual[at] and all(isinstance(call[at], (int, str)) for call in calls)]
    for count in range(_MOST_CHANGES + 1):
        for changing in combinations(sayable, count):
            for rest in product(*[usual[at] for at in changing]):
                found.append(_from_first(calls, dict(zip(changing, rest, strict=True))))
    if len(calls) >= _FEWEST_IN_TURN and sayable == columns and list(map(repr, calls)) == _in_turn(calls):
        found.append([Stage(calls[0], calls[1], len(calls), EVERY_SECOND)])
    return min(found, key=len)


def _usual(values: Sequence[Any], default: Any) -> list[Any]:
    """Return the integers and booleans that calls after the first may have."""
    if isinstance(default, int):
        return [default] if any(_same(value, default) for value in values) else []
    counts = Counter((type(value), value) for value in values if isinstance(value, int))
    return [value for (_, value), count in counts.most_common(_MOST_USUAL) if count >= _OFTEN]


def _from_first(calls: Sequence[Arguments], rest: dict[int, Any]) -> list[Stage]:
    """Return ``calls`` as stages whose first call may have values other than those in ``rest``."""
    found: list[Stage] = []
    for call in calls:
        if found and repr(call) == repr(found[-1].rest):
            found[-1] = found[-1]._replace(times=found[-1].times + 1)
        else:
            found.append(Stage(call, tuple([rest.get(at, value) for at, value in enumerate(call)]), 1))
    return found


def _in_turn(calls: Sequence[Arguments]) -> list[str]:
    return [repr(calls[at % 2]) for at, _ in enumerate(calls)]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
