"""Calls that follow one another, of which each reads what the one before made."""

from typing import Any

import pytest

from calc.spec.write.chained import chained
from calc.spec.write.params import BlockParam
from calc.spec.write.runs import BlockCall

AT = BlockParam("at", False, None, ())


def call(at: Any, *read: str, block: str = "Step") -> BlockCall:
    return BlockCall(block, (AT,), (at,), {"from": list(read)})


def steps(first: int, count: int, grows: int = 0) -> list[tuple[str, Any]]:
    numbers = range(first, first + count)
    return [(f"s{at}", call(5 + (at - first) * grows, f"s{at - 1}", f"s{at - 1}.x.y", "z")) for at in numbers]


def written(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: layer.layer() if isinstance(layer, BlockCall) else layer for key, layer in chained(members)}


@pytest.mark.parametrize(
    ("first", "grows", "key", "value", "before"),
    [(3, 0, "s{i + 3}", 5, "s{i + 2}"), (3, 1, "s{i + 3}", "i + 5", "s{i + 2}"), (1, 0, "s{i + 1}", 5, "s{i}")],
)
def test_calls_that_read_the_one_before(first: int, grows: int, key: str, value: Any, before: str) -> None:
    assert written([("a", "relu"), *steps(first, 4, grows), ("b", "relu")]) == {
        "a": "relu",
        key: {"Step": value, "from": [before, f"{before}.x.y", "z"], "repeat": 4},
        "b": "relu",
    }


def test_a_module_that_runs_again_on_what_it_made() -> None:
    again: dict[str, Any] = {"again": "m"}
    assert written([(f"m{at}", again) for at in (2, 3, 4)]) == {"m{i + 2}": {"again": "m", "repeat": 3}}
    read = [(f"m{at}", {**again, "from": f"m{at - 1}"}) for at in (2, 3, 4)]
    assert written(read) == {"m{i + 2}": {"again": "m", "from": "m{i + 1}", "repeat": 3}}


def test_what_is_no_row_of_calls_stays() -> None:
    rows = steps(3, 3)
    for members in (
        steps(3, 2),
        steps(3, 3, grows=2),
        [*steps(3, 2), ("s6", call(5, "s5", "s5.x.y", "z"))],  # a number is left out
        [*steps(3, 2), ("s5", call(5, "s4", "s3.x.y", "z"))],  # reads one before that
        [*steps(3, 2), ("s5", call(5, "s4", "s4.x.y", "z", block="Other"))],
        [*steps(3, 2), ("s5", call(True, "s4", "s4.x.y", "z"))],
        [(key, call(5, "z")) for key, _ in rows],  # read the same thing
        [(key, {"again": f"m{key}"}) for key, _ in rows],
    ):
        assert chained(members) == members
