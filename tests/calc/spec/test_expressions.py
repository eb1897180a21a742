"""Expressions: values, kinds, limits."""

import operator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.spec.expressions import MAX_NESTING, MAX_TEXT, SPLIT, compile_expression, is_variable, unknown_name
from calc.spec.functions import FUNCTIONS, MAX_INTEGER, MAX_LIST, Word, make_divisible
from calc.spec.values import Scope

OPERATORS = (
    "the operators are + - * / // % ** == != < <= > >= and or not, a if c else b, x[i]; text is written in 'quotes'"
)
IN = "in is a variable, the channels that enter the block; the language has no membership test"
ENVIRONMENT = {"in": 16, "a": 3, "b": 2.5, "yes_no": True, "rows": ((1, 2), (3, 4)), "word": "relu", "inner": 9, "i": 0}


def value(text: str) -> object:
    """The value of ``text``, with its type beside it: 1, 1.0 and true are equal to Python."""
    return compile_expression(text).evaluate(ENVIRONMENT)


def refusal(text: str) -> str:
    """What is said about ``text``."""
    with pytest.raises(OpError) as caught:
        value(text)
    return f"{caught.value.fact}\n{caught.value.hint}"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("7", 7),
        ("2.5", 2.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("'text in quotes'", "text in quotes"),
        ('"in"', "in"),
        ("a", 3),
        ("in", 16),
        ("inner", 9),
        ("in * a + in", 16 * 3 + 16),
        ("a if 'in' == 'in' else in", 3),
        ("a + 4", 7),
        ("a - 4", -1),
        ("a * -a", -9),
        ("7 / 2", 3.5),
        ("8 / 2", 4.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 4", 3),
        ("2 ** 10", 1024),
        ("2 * 3 ** 2 ** 2", 2 * 81),
        ("-2 ** 2", -4),
        ("a ** -1", 1 / 3),
        ("b ** 2", 6.25),
        ("4 ** 0.5", 2.0),
        ("2 ** 62 * 2 == 2 ** 63", True),
        ("(-1) ** 1000000000000000001", -1),
        ("2 + 3 * 4 - 5", 9),
        ("(2 + 3) * 4", 20),
        ("a == 3", True),
        ("a == 3.0", True),
        ("a != 3", False),
        ("1 < a <= 3", True),
        ("1 < a < 3", False),
        ("3 > 2 >= 2", True),
        ("word == 'relu'", True),
        ("word == 3", False),
        ("word != null", True),
        ("yes_no == true", True),
        ("not yes_no", False),
        ("a == 3 and b > 2", True),
        ("a == 4 or b > 2 or a / 0 > 1", True),
        ("a == 4 and a / 0 > 1", False),
        ("1 if a > 2 else 1 / 0", 1),
        ("a if b > 9 else word", "relu"),
        ("[a, 2 * a, []]", (3, 6, ())),
        ("rows[1][0]", 3),
        ("rows[-1]", (3, 4)),
        ("rows[-2]", (1, 2)),
        ("[5, 6, 7][in % 3]", 6),
        ("min(4, a, 5)", 3),
        ("max([1, 2.5])", 2.5),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("floor(-1.5)", -2),
        ("ceil(1.2)", 2),
        ("int(-1.9)", -1),
        ("int(a * b)", 7),
        ("len(rows)", 2),
        ("range(3)", (0, 1, 2)),
        ("range(5, 1, -2)", (5, 3)),
        ("range(2, 4)", (2, 3)),
        ("range(3, 1)", ()),
        ("make_divisible(33)", 32),
        ("make_divisible(in * b, 16)", 48),
        ("make_divisible(10, 9)", 9),  # no less than 9/10 of it
        ("make_divisible(11)", 16),
        ("make_divisible(1)", 8),
        ("make_divisible(12, 1)", 12),
        ("  a  ", 3),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


def test_names_are_those_that_are_read() -> None:
    assert compile_expression("a * in + min(b, len(rows)) if x[i] else 'word'").names == {
        "a",
        "in",
        "b",
        "rows",
        "x",
        "i",
    }
    assert compile_expression("same if a else valid", ("same", "valid")).names == {"a"}
    assert compile_expression("same if a else valid", ("same", "valid")).evaluate({"a": True}) == "same"


@pytest.mark.parametrize(
    "text, fact",
    [
        ("9**9**9", "9 ** 387420489 is too large"),
        ("(-8) ** 0.5", "-8 ** 0.5 is a root of a negative number"),
        ("0 ** -1", "divides by zero: 0 ** -1"),
        ("2 ^ 3", "only + - * / // % ** are known\na power is **"),
        ("1 << 3", "only + - * / // % ** are known"),
        ("a & b", "only + - * / // % ** are known"),
        ("~a", "only - and not stand before a value"),
        ("+a", "only - and not stand before a value"),
        ("a.real", "a dot after a name is not part of the language"),
        ("'a'.upper()", "only a function can be called"),
        ("(1, 2)", "a comma outside brackets is not part of the language"),
        ("{1: 2}", "{ } is not part of the language"),
        ("{1}", "{ } is not part of the language"),
        ("rows[0:1]", "a slice is not part of the language"),
        ("f'{a}'", "text with holes is not part of the language"),
        ("(x := 3)", ":= is not part of the language"),
        ("[x for x in rows]", "no membership test"),
        ("a in rows", "no membership test"),
        ("a is b", "only == != < <= > >= compare"),
        ("lambda: 1", "lambda is not part of the language"),
        ("yield", "is not an expression"),
        ("await a", "await is not part of the language"),
        ("min(*rows)", "* is not part of the language"),
        ("round(a, ndigits=2)", "arguments have no names here"),
        ("round(a, 2)", "round takes 1 value, got 2"),
        ("range()", "range takes 1 to 3 values, got 0"),
        ("max", "max is a function; call it with ( )"),
        ("max + 1", "max is a function; call it with ( )"),
        ("sqrt(4)", "unknown function sqrt"),
        ("mn(4)", "did you mean min?"),
        ("__import__('os')", "unknown function __import__"),
        ("eval('1')", "unknown function eval"),
        ("None", "None is not part of the language"),
        ("...", "Ellipsis is not part of the language"),
        ("1j", "numbers are written in plain decimal digits"),
        ("1if a else 2", "numbers are written in plain decimal digits"),
        ("1e3if a else 2", "numbers are written in plain decimal digits"),
        ("b'x'", "b'x' is not part of the language"),
        ("True", "True is not part of the language"),
        ("", "is not an expression"),
        ("a b", "the operators are"),
        ("max(1", "a comma or bracket inside { } or [ ] splits the value"),
        ("rows[0", "a comma or bracket inside { } or [ ] splits the value"),
        ("a = 3", "equality is =="),
        ("a && b", "write and, or, not"),
        ("!a", "write and, or, not"),
        ("a\nb", "is not an expression"),
        ("0x10", "numbers are written in plain decimal digits"),
        ("1_000", "numbers are written in plain decimal digits"),
        ("0b1", "numbers are written in plain decimal digits"),
        ("010", "is not an expression"),
        ("12:30", "is not an expression"),
        (".inf", "is not an expression"),
        (".nan", "is not an expression"),
        ("2024-11-05", "2024-11-05 is a date to other readers of YAML\nfor a difference, write spaces"),
        ("'\\x41'", "no \\"),
        ("é + 1", "is not an expression"),
        ("îñ", "is not an expression"),
    ],
)
def test_what_is_not_in_the_language(text: str, fact: str) -> None:
    assert fact in refusal(text)


@pytest.mark.parametrize(
    "text, fact",
    [
        ("a + word", "'a + word': + needs numbers, got 'relu'"),
        ("yes_no + 1", "+ needs numbers, got true"),
        ("rows * 2", "* needs numbers, got a list of 2"),
        ("'a' * 1000000000", "* needs numbers, got 'a'"),
        ("-word", "- needs numbers, got 'relu'"),
        ("null + 1", "+ needs numbers, got null"),
        ("a and yes_no", "and needs true or false, got 3"),
        ("yes_no or a", None),
        ("not a", "not needs true or false, got 3"),
        ("1 if a else 2", "if needs true or false, got 3"),
        ("a < word", "< needs numbers, got 'relu'"),
        ("a < yes_no", "< needs numbers, got true"),
        ("a == yes_no", "3 == true compares different kinds of value"),
        ("rows == rows", "== compares numbers, words, true and false, got a list"),
        ("a[0]", "[ ] needs a list, got 3"),
        ("rows[2]", "index 2 of a list of 2"),
        ("rows[-3]", "index -3 of a list of 2"),
        ("rows[0.0]", "index 0.0 of a list of 2"),
        ("rows[true]", "index true of a list of 2"),
        ("'wo' == true", "'wo' == true compares different kinds of value"),
        ("word < rows", "'word < rows': < needs numbers, got 'relu'"),
        ("1 < word", "'1 < word': < needs numbers, got 'relu'"),
        ("min()", "min takes 1 to 64 values, got 0"),
        ("min([])", "min of an empty list"),
        ("min(a, word)", "min needs numbers, got 'relu'"),
        ("max(a)", "max needs a list, got 3"),
        ("len(a)", "len needs a list, got 3"),
        ("range(2.0)", "range needs integers, got 2.0"),
        ("make_divisible(8, 8.0)", "make_divisible needs a positive integer divisor, got 8.0"),
        ("floor(word)", "floor needs numbers, got 'relu'"),
        ("ceil(word)", "ceil needs numbers, got 'relu'"),
        ("int(word)", "int needs numbers, got 'relu'"),
        ("range(0, 1, 0)", "range needs a step other than 0"),
        ("make_divisible(a, 0)", "make_divisible needs a positive integer divisor, got 0"),
        ("make_divisible(word)", "make_divisible needs numbers, got 'relu'"),
        ("round(word)", "round needs numbers, got 'relu'"),
        ("a / 0", "'a / 0': divides by zero: 3 / 0"),
        ("a // (a - a)", "divides by zero: 3 // 0"),
        ("a % 0.0", "divides by zero: 3 % 0.0"),
    ],
)
def test_kinds(text: str, fact: str | None) -> None:
    if fact is None:
        assert value(text) is True
    else:
        assert fact in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{MAX_INTEGER} * 2",
        f"{MAX_INTEGER} + 1",
        f"-{MAX_INTEGER} - 1",
        f"{MAX_INTEGER}0",
        "2 ** 64",
        "-2 ** 64",
        "1e308 * 10",
        "1e308 + 1e308",
        "1e400",
        "int(1e300)",
        "make_divisible(1e300)",
        "1e308 / 1e-308",
        "1e308 // 1e-308",
        "1 / 5e-324",
        f"1.7e308 * {MAX_INTEGER}",
    ],
)
def test_numbers_out_of_range(text: str) -> None:
    assert refusal(text) in (f"{text!r} is larger than 2**63\n", f"{text!r} is not a finite number\n")


@pytest.mark.parametrize(
    "text, message",
    [
        ("1 << 3", "'1 << 3': only + - * / // % ** are known\n"),
        ("10.0 ** 309", "'10.0 ** 309': 10.0 ** 309 is too large\n"),
        ("2 ** 65", "'2 ** 65': 2 ** 65 is too large\n"),
        ("é + 1", "'é + 1' is not an expression\nonly quoted text may hold other characters than ASCII, and no \\"),
        ("2024-11-05", "2024-11-05 is a date to other readers of YAML\nfor a difference, write spaces around the -"),
        ("1e3if a", "1e3i… in '1e3if a': numbers are written in plain decimal digits\n"),
        ("no", "unknown name no\nwrite false"),
        ("Off", "unknown name Off\nwrite false"),
        ("on", "unknown name on\nwrite true"),
        ("None", "'None': None is not part of the language\n"),
        ("round(2, 2)", "'round(2, 2)': round takes 1 value, got 2\n"),
        ("range()", "'range()': range takes 1 to 3 values, got 0\n"),
        ("a b", f"'a b' is not an expression\n{OPERATORS}"),
        ("a == b)", "'a == b)' is not an expression\n" + SPLIT),
        ("a != b ! c", "'a != b ! c' is not an expression\nwrite and, or, not"),
        ("a | | b", "'a | | b' is not an expression\nwrite and, or, not"),
        ("a <= >= b", f"'a <= >= b' is not an expression\n{OPERATORS}"),
        ("1 in in", f"'1 in in' is not an expression\n{IN}"),
        ("x" * 61, f"unknown name {'x' * 60}\n"),
        (f"{'x' * 61}(1)", f"unknown function {'x' * 60}\nknown here: {', '.join(sorted(FUNCTIONS))}"),
    ],
)
def test_whole_messages(text: str, message: str) -> None:
    with pytest.raises(OpError) as caught:
        compile_expression(text).evaluate(Scope.of_words(frozenset()))
    assert f"{caught.value.fact}\n{caught.value.hint}" == message


def test_limits() -> None:
    assert value(f"{MAX_INTEGER}") == -value(f"-{MAX_INTEGER}") == MAX_INTEGER
    assert value("1" + " " * (MAX_TEXT - 1)) == 1
    assert value("-" * MAX_NESTING + "1") == 1
    assert value(f"max({', '.join(['1'] * 63)}, 2)") == 2
    assert "max takes 1 to 64 values, got 65" in refusal(f"max({', '.join(['1'] * 65)})")
    for text in (f"range({MAX_LIST})", f"range(1, {2 * MAX_LIST}, 2)", f"range({2 * MAX_LIST}, 0, -2)"):
        assert value(f"len({text})") == MAX_LIST
    for text in (f"range({MAX_LIST + 1})", f"range(0, {2 * MAX_LIST + 1}, 2)", f"range({2 * MAX_LIST + 1}, 0, -2)"):
        assert refusal(text) == f"a range of {MAX_LIST + 1} values, but at most {MAX_LIST} are allowed\n"
    assert f"an expression of {MAX_TEXT + 1} characters, but at most {MAX_TEXT} are allowed" in refusal(
        "1" * (MAX_TEXT + 1)
    )
    assert f"nested deeper than {MAX_NESTING} levels" in refusal("-" * (MAX_NESTING + 1) + "1")
    assert value("(" * 100 + "1" + ")" * 100) == 1
    assert "is not an expression" in refusal("(" * 249 + "1" + ")" * 249)
    assert f"a range of {10**12} values, but at most {MAX_LIST} are allowed" in refusal("range(1000000000000)")
    assert f"at most {MAX_LIST} are allowed" in refusal(f"range(-{MAX_INTEGER}, {MAX_INTEGER})")


def test_a_word_is_named_as_one() -> None:
    with pytest.raises(OpError, match="needs numbers, got the word conv2d"):
        compile_expression("2 * x").evaluate({"x": Word("conv2d")})


@pytest.mark.parametrize("name", ["width", "_x1", "relu", "A"])
def test_variables(name: str) -> None:
    assert is_variable(name)


@pytest.mark.parametrize(
    "name", ["in", "i", "if", "class", "true", "null", "min", "range", "1a", "a-b", "", "é", "a\n"]
)
def test_no_variables(name: str) -> None:
    assert not is_variable(name)


@given(st.floats(0.5, 1e6), st.sampled_from([1, 4, 8, 16]))
def test_make_divisible_is_the_nearest_multiple_that_loses_no_tenth(number: float, divisor: int) -> None:
    found = make_divisible(number, divisor)
    assert found % divisor == 0
    assert found >= divisor
    assert found >= 0.9 * number
    assert found - divisor < 0.9 * number or abs(found - number) <= divisor / 2


_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}
_LEAVES = st.integers(-50, 50).map(lambda number: (f"({number})", number))


def _combined(children: st.SearchStrategy[tuple[str, int]]) -> st.SearchStrategy[tuple[str, int]]:
    def combine(left: tuple[str, int], sign: str, right: tuple[str, int]) -> tuple[str, int]:
        if sign in ("//", "%") and right[1] == 0:
            sign = "+"
        return f"({left[0]} {sign} {right[0]})", _OPERATORS[sign](left[1], right[1])

    return st.builds(combine, children, st.sampled_from(sorted(_OPERATORS)), children)


@given(st.recursive(_LEAVES, _combined, max_leaves=6))
def test_integer_arithmetic_is_pythons(drawn: tuple[str, int]) -> None:
    text, expected = drawn
    assert value(text) == expected


@given(st.text("ain0123456789.+-*/%<>=![]()'\", _xor\\t\n", max_size=30))
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    scope = Scope(ENVIRONMENT)
    scope.words = frozenset()
    with suppress(OpError):
        found = compile_expression(text).evaluate(scope)
        assert found is None or isinstance(found, (bool, int, float, str, tuple))


@given(st.text(max_size=20))
def test_any_characters(text: str) -> None:
    with suppress(OpError):
        names = compile_expression(text).names
        assert all(name.isascii() for name in names)
        assert not names & FUNCTIONS.keys()


def test_an_unknown_name_is_told_the_nearest_variable_function_or_word() -> None:
    hints = [str(unknown_name(name, ("width",), ("relu",)).hint) for name in ("widht", "ceill", "relo", "zzzzzz")]
    assert hints[:3] == [f"did you mean {name}?" for name in ("width", "ceil", "relu")]
    assert hints[3] == "known here: width"
