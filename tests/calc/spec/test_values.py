"""Compiled values, names with holes, scopes."""

import pytest

from calc.errors import OpError, SpecError
from calc.spec.budget import Exceeded, WorkBudget
from calc.spec.functions import MAX_LIST, Word
from calc.spec.source import parse
from calc.spec.tree import Scalar, Sequence
from calc.spec.values import Compiled, EvaluationError, Name, Scope, compile_name, compile_value, given_value
from tests.calc.spec.test_expressions import OPERATORS

NAMES = "a name is letters, digits, _ and -; dots may join several"
VALUES = "write a number, true or false, a list or an expression"


def compiled(text: str, literals: tuple[str, ...] = ()) -> Compiled:
    """The value written as ``text``."""
    value = parse(f"- {text}", "t")
    assert isinstance(value, Sequence)
    return compile_value(value.items[0], literals)


def scope(**variables: object) -> Scope:
    """A scope in which relu and Block are words."""
    found = Scope.of_words(frozenset({"relu", "Block"}))
    found.update(variables)
    return found


def name(text: str) -> Name:
    """The name written as ``text``."""
    return compile_name(Scalar("t", 0, 0, text, text, quoted=True), many=False)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("3", 3),
        ("true", True),
        ("null", None),
        ("2 * 3", 6),
        ("[1, 2 * 2, [5]]", (1, 4, (5,))),
        ("[]", ()),
        ("'2 * 3'", 6),
    ],
)
def test_constants(text: str, expected: object) -> None:
    value = compiled(text)
    assert (value.constant, value.names, value.evaluate(None)) == (True, frozenset(), expected)


def test_variables() -> None:
    value = compiled("[a, b + 1, [a]]")
    assert (value.constant, value.names) == (False, {"a", "b"})
    assert value.evaluate(scope(a=1, b=2)) == (1, 3, (1,))
    assert value.text == "['a', 'b + 1', ['a']]"


def test_literal_words() -> None:
    assert compiled("same", ("same", "valid")).evaluate(None) == "same"
    assert compiled("[same, 1 + 1]", ("same",)).evaluate(None) == ("same", 2)
    assert compiled("same if a else b", ("same",)).evaluate(scope(a=True, b=1)) == "same"
    assert compiled("same").evaluate(scope(same=4)) == 4


@pytest.mark.parametrize(
    "text, fact",
    [
        ("{a: 1}", f"t:1:3: a mapping where a value belongs\n  hint: {VALUES}"),
        ("[1, {a: 1}]", f"t:1:7: a mapping where a value belongs\n  hint: {VALUES}"),
        ("[1, a +]", f"t:1:7: 'a +' is not an expression\n  hint: {OPERATORS}"),
        ("1e999", "t:1:3: '1e999' is not a finite number"),
        ("1 / 0", "t:1:3: '1 / 0': divides by zero: 1 / 0"),
        ("''", f"t:1:3: '' is not an expression\n  hint: {OPERATORS}"),
    ],
)
def test_what_is_no_value(text: str, fact: str) -> None:
    with pytest.raises(SpecError) as caught:
        compiled(text)
    assert str(caught.value) == fact


@pytest.mark.parametrize(
    "text, weight",
    [
        ("3", 0),
        ("2 * 3", 0),
        ("[1, 2]", 0),
        ("a", 1),
        ("a + b", 2),
        ("'a + b + c'", 2),
        ("[a, 1, [a + b, 2]]", 1 + 1 + 2 + 1),
    ],
)
def test_what_is_not_fixed_weighs_as_much_as_is_written(text: str, weight: int) -> None:
    """One, and one more for every five characters: a value of a list that is made of three hundred is no cheap one."""
    assert compiled(text).weight == weight


def test_lists_have_a_limit() -> None:
    assert len(compiled(f"[{', '.join(['1'] * MAX_LIST)}]").evaluate(None)) == MAX_LIST
    with pytest.raises(SpecError, match=f"^t:1:3: a list of {MAX_LIST + 1} values, but at most {MAX_LIST} are allowed"):
        compiled(f"[{', '.join(['1'] * (MAX_LIST + 1))}]")


def test_a_failing_value_knows_its_place() -> None:
    with pytest.raises(EvaluationError) as caught:
        compiled("8 // a").located(scope(a=0))
    assert (caught.value.place.line, caught.value.place.column) == (1, 3)
    assert "divides by zero: 8 // 0" in caught.value.fact


def test_a_scope_holds_variables_first_and_then_words() -> None:
    assert scope(relu=3)["relu"] == 3
    assert type(scope()["relu"]) is Word
    assert scope()["Block"] == "Block"
    assert type(scope()["tanh"]) is Word
    assert unknown(scope(a=1), "gelux") == "unknown name gelux\ndid you mean relu?"
    assert unknown(scope(a=1, width=2), "zzzz") == "unknown name zzzz\nknown here: a, width"
    assert unknown(scope(), "in") == (
        "in is not known here, because it is unknown which axis of the block's input holds the channels\n"
        "declare the axis where it was lost, with channels:"
    )


def unknown(found: Scope, name: str) -> str:
    """What is said about a name that the scope does not have."""
    with pytest.raises(OpError) as caught:
        found[name]
    return f"{caught.value.fact}\n{caught.value.hint}"


def test_what_a_list_costs_is_paid_by_the_scope() -> None:
    paying = Scope.of_words(frozenset(), WorkBudget(max_layers=1))  # a hundred values
    paying["a"] = 1
    compiled(f"[{', '.join(['a'] * 60)}]").evaluate(paying)
    with pytest.raises(Exceeded):
        given_value("width", [1] * 41, paying.inner())


def test_an_inner_scope_leaves_the_outer_one_alone() -> None:
    outer = scope(a=1)
    inner = outer.inner()
    inner["a"], inner["b"] = 2, 3
    assert (outer, inner, inner.words) == ({"a": 1}, {"a": 2, "b": 3}, outer.words)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("conv", "conv"),
        ("0", "0"),
        ("a-b_C9", "a-b_C9"),
        ("layer1.0.conv1", "layer1.0.conv1"),
        ("layer{stage}", "layer3"),
        ("{kind}{stage + 1}.x", "relu4.x"),
        ("{'a' if stage == 3 else 'b'}", "a"),
    ],
)
def test_names(text: str, expected: str) -> None:
    assert name(text).render(scope(stage=3, kind="relu")) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "[red]", "a..b", ".a", "a.", "a/b", "=cmd()", "\x1b[2J", "é", "{a", "a}", "a\n"]
)
def test_what_cannot_be_a_name(text: str) -> None:
    with pytest.raises(SpecError, match="is not a name"):
        name(text)


@pytest.mark.parametrize(
    "text, fact",
    [
        ("a{1.5}", "{1.5} in a name is 1.5, not an integer or a word"),
        ("a{x == 1}", "{x == 1} in a name is true, not an integer or a word"),
        ("a{-1.0}", "not an integer or a word"),
        ("a{'b c'}", "'ab c' is not a name"),
        ("a{unknown}", "unknown name unknown"),
        ("{'x'}" * 30 + "{'" + "y" * 190 + "'}", "a name of 220 characters, but at most 200 are allowed"),
    ],
)
def test_what_a_hole_cannot_hold(text: str, fact: str) -> None:
    found = name(text)
    with pytest.raises(EvaluationError) as caught:
        found.render(scope(x=1))
    assert fact in caught.value.fact


def test_a_name_may_have_two_hundred_characters() -> None:
    assert name("x" * 200).render(scope()) == name("{'" + "x" * 100 + "'}" + "x" * 100).render(scope()) == "x" * 200
    assert name("{x}" + "y" * 199).render(scope(x=1)) == "1" + "y" * 199
    text = "{x}" + "y" * 198 + "{*}"  # which stands for one letter at least
    many = compile_name(Scalar("t", 0, 0, text, text, quoted=True), many=True)
    assert many.render(scope(x=1)) == "1" + "y" * 198 + "*"
    with pytest.raises(SpecError, match=r"^t:1:1: a name of 201 characters, but at most 200 are allowed$"):
        name("x" * 201)
    with pytest.raises(SpecError) as caught:
        name(" " * 61)
    assert str(caught.value) == f"t:1:1: '{' ' * 60}' is not a name\n  hint: {NAMES}"


def test_holes_are_expressions() -> None:
    with pytest.raises(SpecError, match="only - and not stand before a value"):
        name("a{+3}")
    assert name("a{x ** 3}").render(scope(x=2)) == "a8"
    assert name("a{x}b{y + x}").names == {"x", "y"}


@pytest.mark.parametrize(
    "value, expected",
    [(3, 3), (2.5, 2.5), (True, True), (None, None), ("2 * a", 8), ("relu", "relu"), ([1, [2, "a"]], (1, (2, 4)))],
)
def test_given_values(value: object, expected: object) -> None:
    assert given_value("width", value, scope(a=4)) == expected


@pytest.mark.parametrize("value", [{"a": 1}, b"8", {1}, object(), 10**40, float("inf"), "a +", "b", [object()]])
def test_values_that_cannot_be_given(value: object) -> None:
    with pytest.raises(OpError):
        given_value("width", value, scope(a=4))


def test_what_cannot_be_given_is_named() -> None:
    with pytest.raises(OpError) as caught:
        given_value("width", {"a": 1}, scope())
    fact = "the param width is {'a': 1}: must be a number, true or false, a list or an expression"
    assert caught.value.fact == fact
    with pytest.raises(OpError, match=r"^'inf' is not a finite number$"):
        given_value("width", float("inf"), scope())
