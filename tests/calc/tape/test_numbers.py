"""Recorded numbers against Python's own: whatever is done with them, a tape gives the same where its guards hold."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.recorded import common_divisor, fixed, maximum, minimum
from calc.tape.atoms import Guard
from calc.tape.numbers import RecordedDouble, RecordedInteger
from calc.tape.polynomial import constant, symbol
from calc.tape.recording import Recording
from calc.tape.tape import Tape, tape_of

LEAST, MOST = -6, 12
BOUNDS = dict.fromkeys("xyz", (LEAST, MOST)) | {"w": (0.25, 4.0)}
Code = Callable[..., Any]


def recorded(code: Code, at: Mapping[str, Any]) -> Tape:
    """The tape of ``code`` run with recorded x, y, z and w around the point ``at``."""
    recording = Recording()
    numbers: dict[str, Any] = {}
    for name, bounds in BOUNDS.items():
        number = recording.variable(name, at[name], bounds)
        numbers[name] = RecordedDouble(recording, number) if name == "w" else RecordedInteger(recording, symbol(number))
    found = fixed_double(code(**numbers))
    p = found.polynomial if isinstance(found, RecordedInteger) else constant(int(found))
    return tape_of(recording, {"found": p}, BOUNDS)


def fixed_double(value: Any) -> Any:
    """A double in thousandths, rounded down, for a tape puts out integers."""
    if isinstance(value, (float, RecordedDouble)):
        return math.floor(value * 1000.0)
    return fixed(value) if isinstance(value, bool) else value


_INTEGERS: tuple[Code, ...] = (
    operator.add,
    operator.sub,
    operator.mul,
    lambda a, b: a // (b * b + 1),
    lambda a, b: a % (abs(b) + 1),
    lambda a, b: divmod(a, 3)[0] + divmod(b, 2)[1],
    lambda a, b: a // 4 - b // 2,
    lambda a, b: -a + b**2,
    lambda a, b: -(-a // 3) * b,
    maximum,
    minimum,
    common_divisor,
    lambda a, b: a + 2 * (a < b),
    lambda a, b: a if a == b else b,
    lambda a, b: a - 1 if a <= b else b + 1,
    lambda a, b: sum(range(a)) + b,
    lambda a, b: len(f"{a:,}") + b,
    lambda a, b: [1, 5, 3][a % 3] + b,
    lambda a, b: a.condensed() * b if isinstance(a, RecordedInteger) else a * b,
    lambda a, b: a // b if b else a,
)
_DOUBLES: tuple[Code, ...] = (
    lambda a, w: math.floor(a * w),
    lambda a, w: math.ceil(w / 3 - a),
    lambda a, w: round(w * a + 0.5),
    lambda a, w: math.trunc((1 - w) * a),
    lambda a, w: a + (w * 2 < a),
    lambda a, w: math.floor(maximum(w, 1.0) * 7) + a,
    lambda a, w: math.floor(maximum(w, a) * 7),
    lambda a, w: int(w * 4) + a,
    lambda a, w: a + (w == 3) + 2 * (w < 3.0),  # which is the number of a step too
    lambda a, w: int(w * 3) - int(w // 3 + w % 3.0 * 5) + a,
    lambda a, w: math.floor((a * a + 1) / 3 * w),
    lambda a, w: math.floor(10 * w**2) - a,
    lambda a, w: math.floor(100 * w**-0.5) + math.floor((a * a + 1) ** 0.5 * 100),
)
steps = st.lists(
    st.tuples(st.sampled_from([*_INTEGERS, *_DOUBLES]), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=7
)
values = st.integers(LEAST, MOST)
points = st.fixed_dictionaries(
    {"x": values, "y": values, "z": values, "w": st.sampled_from([0.25, 0.3, 0.5, 0.9, 1.0, 1.25, 2.7, 3.0, 4.0])}
)


def program(chosen: list[tuple[Code, int, int]]) -> Code:
    """Code that does the ``chosen`` steps, each with two results of earlier ones."""

    def code(x: Any, y: Any, z: Any, w: Any) -> Any:
        results = [x, y, z, 3]
        for rule, left, right in chosen:
            other = w if rule in _DOUBLES else results[right % len(results)]
            results.append(rule(results[left % len(results)], other))
            if abs(value(results[-1])) > 10**6:
                break
        return results[-1]

    return code


def value(number: Any) -> Any:
    return number.value if isinstance(number, (RecordedInteger, RecordedDouble)) else number


@settings(max_examples=80, deadline=None)
@given(steps, points, st.lists(points, max_size=12))
def test_a_tape_is_the_code_wherever_its_guards_hold(
    chosen: list[tuple[Code, int, int]], at: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    code = program(chosen)
    tape = recorded(code, at)
    assert tape.at(at) == {"found": code(**at)}
    for point in others:
        assert tape.at(point) in (None, {"found": code(**point)})


AT = {"x": 3, "y": 5, "z": 0, "w": 1.0}


def doubles(code: Code, a: float, b: float) -> Tape:
    """The tape of ``code`` run with two doubles, the steps 0 and 1."""
    recording = Recording()
    bounds = {"a": (0.0, 4.0), "b": (0.0, 4.0)}
    given = [RecordedDouble(recording, recording.variable(name, at, bounds[name])) for name, at in (("a", a), ("b", b))]
    return tape_of(recording, {"found": code(*given).polynomial}, bounds)


@pytest.mark.parametrize(
    "code",
    [
        lambda a, b: math.floor(a * 1.0 + 1.0) + math.floor(a + b),
        lambda a, b: math.floor(a * 0.0 + b) + math.floor(a * a + b),
        lambda a, b: math.floor(a) + 2 * (a < b) + 4 * (a < 1.0) + 8 * (b > 0.0) + 16 * (a < b),
        lambda a, b: math.floor(a) + (1 if a == 0 else math.trunc(9 * a) + 1),
        lambda a, b: math.floor(b) + (1280 if b == 1 else 640),
        lambda a, b: math.floor(a) + math.trunc(16 * b // 4 * 4),
        lambda a, b: math.floor(b) + math.ceil(8 / a if a != 0 else 1.0),
    ],
)
def test_the_number_of_a_step_is_not_a_constant_that_equals_it(code: Code) -> None:
    values_of_doubles = [0.0, 0.3, 1.0, 1.7, 2.0, 4.0]
    for at in product(values_of_doubles, repeat=2):
        tape = doubles(code, *at)
        for a, b in product(values_of_doubles, repeat=2):
            found = tape.at({"a": a, "b": b})
            assert found in (None, {"found": code(a, b)}), (at, a, b)
            assert found is not None or (a, b) != at


def test_a_wrong_guard_is_seen() -> None:
    tape = recorded(lambda x, y, **_: x * 2 if x < y else y, AT)
    (guard,) = tape.guards
    planted = replace(tape, guards=(Guard(guard.test, not guard.answer),))
    elsewhere = AT | {"x": 6}
    assert (tape.at(AT), tape.at(elsewhere)) == ({"found": 2 * 3}, None)
    assert (planted.at(AT), planted.at(elsewhere)) == (None, {"found": 2 * 6})  # where the code gives y, 5


@pytest.mark.parametrize(
    "code",
    [
        lambda x, y, z, w: (x + y) // 2 * 2 + (x + y) % 2 - y,
        lambda x, y, z, w: maximum(x, x - 1) + minimum(x * x, -1) - 4,
        lambda x, y, z, w: ((x + 3) // 2 + 1) // 4 - (x + 5) // 8,
        lambda x, y, z, w: x * 6 % x if x > 0 else 0,
        lambda x, y, z, w: -(-x // 5) - (x + 4) // 5,
        lambda x, y, z, w: [x, y][0] + (0 if x == x else 1),
    ],
)
def test_what_is_always_so_needs_no_guard_and_no_step(code: Code) -> None:
    tape = recorded(code, AT)
    assert len(tape.guards) <= 1  # x > 0
    assert len(tape.steps) <= 1  # the variable


@pytest.mark.parametrize(
    "code",
    [
        lambda x, y, z, w: [7, 8, 9, 10][x],
        lambda x, y, z, w: len(range(x)),
        lambda x, y, z, w: int(x),
        lambda x, y, z, w: len(str(x)),
        lambda x, y, z, w: len("-" * x),
        lambda x, y, z, w: int(math.sqrt(x * x)),
    ],
)
def test_who_asks_for_the_value_gets_it_and_a_guard(code: Code) -> None:
    tape = recorded(code, AT)
    assert tape.guards
    assert tape.at(AT) == {"found": code(**AT)}
    assert tape.at(AT | {"x": 2}) is None


@pytest.mark.parametrize("code", [lambda w, **_: math.floor(w * 1e308 / 1e308), lambda w, **_: math.floor(w**600)])
def test_what_is_beyond_all_doubles_elsewhere_is_right_at_this_value_alone(code: Code) -> None:
    tape = recorded(code, AT)
    assert tape.at(AT) == {"found": 1}
    assert tape.at(AT | {"w": 0.5}) is None


def test_a_sum_that_is_left_as_it_is_is_one_step() -> None:
    tape = recorded(lambda x, y, **_: (2 * x + 2 * y + 4).condensed() ** 2, AT)
    assert [step.kind for step in tape.steps].count("sum") == 1
    (term,) = tape.outputs["found"]
    assert term[1] == 2 * 2
    assert tape.at(AT) == {"found": (2 * 3 + 2 * 5 + 4) ** 2}
