"""How often a member stands, whether it does, and at what bits: each value at its limits, and what is said beyond."""

from collections.abc import Callable

import pytest

from calc.model.graph import Bits
from calc.spec.turns import condition, repeat_count, turn_bits
from calc.spec.values import Compiled, EvaluationError, Scope
from tests.calc.spec.test_values import compiled


def refusal(read: Callable[..., object], text: str, *more: str) -> str:
    """What is said of the value ``text``, in which n is 3."""
    with pytest.raises(EvaluationError) as caught:
        read(compiled(text), scope(), *more)
    assert caught.value.place == compiled(text).node.place
    return f"{caught.value.fact}\n{caught.value.hint}".strip()


def scope() -> Scope:
    found = Scope.of_words(frozenset())
    found["n"] = 3
    return found


def value(text: str, literals: tuple[str, ...] = ()) -> tuple[Compiled, Scope]:
    return compiled(text, literals), scope()


@pytest.mark.parametrize("text, count", [("0", 0), ("n", 3), ("1000000", 1_000_000)])
def test_repeat(text: str, count: int) -> None:
    assert repeat_count(*value(text)) == count


@pytest.mark.parametrize(
    "text, shown, hint",
    [
        ("-1", "-1", ""),
        ("1000001", "1000001", ""),
        ("true", "true", ""),
        ("2.0", "2.0", "\nwrite 2, or // in an expression"),
        ("2.5", "2.5", ""),
        ("n / 3", "1.0 (n / 3)", "\nwrite 1, or // in an expression"),
        ("[n]", "[3] (['n'])", ""),
    ],
)
def test_what_nothing_can_be_repeated(text: str, shown: str, hint: str) -> None:
    said = f"repeat={shown}: must be an integer from 0 to 1000000{hint}"
    assert refusal(repeat_count, text) == said


def test_when() -> None:
    assert condition(*value("n == 3"), "when") is True
    assert condition(*value("false"), "when") is False
    for word in ("when", "shortcut_when"):
        said = f"{word}=3 (n): must be true or false\nwrite a comparison, such as i == 0"
        assert refusal(condition, "n", word) == said


@pytest.mark.parametrize(
    "text, bits", [("1", (1, 1)), ("64", (64, 64)), ("n", (3, 3)), ("w4a8", (4, 8)), ("w1a64", (1, 64))]
)
def test_bits(text: str, bits: tuple[int, int]) -> None:
    assert turn_bits(*value(text, ("w4a8", "w1a64"))) == Bits(*bits)


@pytest.mark.parametrize(
    "text, bits",
    [("fp32", (32, 32)), ("fp16", (16, 16)), ("int4g128", (4, 16)), ("nf4-a8", (4, 8)), ("w4g128a8", (4, 8))],
)
def test_formats_as_bits(text: str, bits: tuple[int, int]) -> None:
    found = turn_bits(*value(text, (text,)))
    assert (found.weight, found.activation) == bits
    assert (found.format is None) == (text == "fp32")
    assert turn_bits(*value(f"\"'{text}'\"")) == found  # as a param hands it on


def test_formats_that_are_none() -> None:
    assert refusal(turn_bits, "\"'int4g0'\"") == "int4g0: 0 weights a group: must be 1 to 1,048,576"
    wants = "must be an integer from 1 to 64, like w4a8, or a format such as int4g128"
    assert refusal(turn_bits, "\"'nf5'\"") == f"bits='nf5': {wants}\ndid you mean nf4?"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("0", "0"),
        ("65", "65"),
        ("true", "true"),
        ("8.0", "8.0"),
        ("[8]", "[8]"),
        ("null", "null"),
        ("w0a8", "'w0a8'"),
        ("w8a65", "'w8a65'"),
        ("xw4a8", "'xw4a8'"),
    ],
)
def test_what_are_no_bits(text: str, shown: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        turn_bits(*value(text, (text,)))
    assert (
        caught.value.fact == f"bits={shown}: must be an integer from 1 to 64, like w4a8, or a format such as int4g128"
    )
