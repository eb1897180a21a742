"""Calls in a row as stages."""

from typing import Any

import pytest

from calc.spec.write.stages import EVERY_SECOND, FIRST, Stage, either, stages


@pytest.mark.parametrize(
    ("calls", "defaults", "found"),
    [
        ([(8, 1)], (None, 1), [((8, 1), (8, 1), 1)]),
        ([(8, 1), (8, 1)], (None, 1), [((8, 1), (8, 1), 2)]),
        ([(8, 2), (8, 1), (8, 1)], (None, 1), [((8, 2), (8, 1), 3)]),
        ([(8, 2), (8, 1), (9, 1), (9, 1)], (None, 1), [((8, 2), (8, 1), 2), ((9, 1), (9, 1), 2)]),
        ([(8, 2), (8, 1), (8, 1)], (None, None), [((8, 2), (8, 2), 1), ((8, 1), (8, 1), 2)]),  # 1 may be chance
        ([(8, 2), (8, 1), (8, 1), (8, 1), (8, 1)], (None, None), [((8, 2), (8, 1), 5)]),  # four are none
        ([(8, True), (8, False)], (None, False), [((8, True), (8, False), 2)]),
        ([(8, True), (8, 0)], (None, False), [((8, True), (8, True), 1), ((8, 0), (8, 0), 1)]),  # 0 is not false
        ([(8, 2.5), (8, 1)], (None, 1), [((8, 2.5), (8, 2.5), 1), ((8, 1), (8, 1), 1)]),
        ([(8, "s"), (8, 1)], (None, 1), [((8, "s"), (8, 1), 2)]),
        ([(4, 3, 2), (4, 1, 1), (6, 3, 2), (6, 1, 1)], (None, 1, 1),
         [((4, 3, 2), (4, 1, 1), 2), ((6, 3, 2), (6, 1, 1), 2)]),
    ],
)  # fmt: skip
def test_the_first_call_may_differ(calls: list[Any], defaults: tuple[Any, ...], found: list[Any]) -> None:
    assert [(stage.first, stage.rest, stage.times) for stage in stages(calls, defaults)] == found


def test_every_second_call_may_differ() -> None:
    (found,) = stages([(8, 0), (8, 3), (8, 0), (8, 3), (8, 0)], (None, 0))
    assert found == Stage((8, 0), (8, 3), 5, EVERY_SECOND)
    assert [found.text(at) for at in range(2)] == [8, "0 if i % 2 == 0 else 3"]
    assert len(stages([(8, 0), (8, 3), (8, 0)], (None, 0))) == 2  # three are none
    assert len(stages([(8, 0), (8, 3), (8, 0), (8, 4)], (None, 0))) > 1


@pytest.mark.parametrize(
    ("first", "rest", "test", "text"),
    [
        (2, 1, FIRST, "2 if i == 0 else 1"),
        (2, 2, FIRST, 2),
        ("s", 1, FIRST, "s if i == 0 else 1"),
        ("a if b else c", 1, FIRST, "(a if b else c) if i == 0 else 1"),
        (True, False, FIRST, "i == 0"),
        (False, True, FIRST, "i > 0"),
        (False, True, EVERY_SECOND, "i % 2 == 1"),
        (True, False, EVERY_SECOND, "i % 2 == 0"),
    ],
)
def test_how_it_is_written(first: Any, rest: Any, test: str, text: Any) -> None:
    assert Stage((first,), (rest,), 2, test).text(0) == text


@pytest.mark.parametrize(
    ("first", "rest", "text"),
    [(True, 3, "true if i == 0 else 3"), (3, False, "3 if i == 0 else false"), ("a", "b", "a if i == 0 else b")],
)
def test_a_truth_value_beside_another_is_written_as_yaml_has_it(first: Any, rest: Any, text: str) -> None:
    assert either(first, rest, FIRST) == text
