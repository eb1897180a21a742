"""YAML to values with places. What a hostile file does is in tests/test_bad_files.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import Place, SpecError
from calc.frozen import FrozenDict
from calc.spec.source import dump, parse
from calc.spec.tree import Mapping, Scalar, Sequence, Value, plain, same


def scalar(text: str) -> object:
    """The data of one scalar."""
    value = parse(f"[{text}]", "t")
    assert isinstance(value, Sequence)
    (item,) = value.items
    assert isinstance(item, Scalar)
    return item.data


@pytest.mark.parametrize(
    "text, expected",
    [
        ("3", 3),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("-0", 0),
        ("999999999999999999", 10**18 - 1),
        ("2.5", 2.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("-1E-2", -0.01),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("2024-01-02", "2024-01-02"),
        (".inf", ".inf"),
        ("'3'", "3"),
        ('"true"', "true"),
        ("''", ""),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        ("²", "²"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, expected: object) -> None:
    found = scalar(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", ["010", "-010", "00", "1" * 19, "9" * 5000])
def test_integers_that_are_refused(text: str) -> None:
    with pytest.raises(SpecError):
        scalar(text)


def test_empty_says_nothing_and_null_says_null() -> None:
    value = parse("a:\nb: ~\nc: null\nd: ''\n", "t")
    assert isinstance(value, Mapping)
    assert [item.empty for item in value.entries.values() if isinstance(item, Scalar)] == [True, True, False, False]
    assert plain(value) == {"a": None, "b": None, "c": None, "d": ""}


def test_places_count_from_one() -> None:
    value = parse("a:\n  - b: 3\n    cé: [4, 55]\n", "file.yaml")
    assert isinstance(value, Mapping)
    items = value.entries["a"]
    assert isinstance(items, Sequence)
    (inner,) = items.items
    assert isinstance(inner, Mapping)
    assert value.place == Place("file.yaml", 1, 1)
    assert (inner.key("b").place, inner.entries["b"].place) == (Place("file.yaml", 2, 5), Place("file.yaml", 2, 8))
    pair = inner.entries["cé"]
    assert isinstance(pair, Sequence)
    assert (pair.place, pair.items[1].place) == (Place("file.yaml", 3, 9), Place("file.yaml", 3, 13))
    assert (value.flow, pair.flow) == (False, True)


def test_aliases_stand_for_their_anchor() -> None:
    assert plain(parse("a: &x [1, {b: 2}]\nc: *x\n&k d: *k\n", "t")) == {
        "a": [1, {"b": 2}],
        "c": [1, {"b": 2}],
        "d": "d",
    }


def test_documents_may_be_marked() -> None:
    assert plain(parse("%YAML 1.2\n---\na: 1\n...\n", "t")) == {"a": 1}


def test_same_tells_numbers_and_booleans_apart() -> None:
    texts = ["[1]", "[1.0]", "[true]", "['1']", "[]", "[1, 1]", "{1: 1}", "1", "{1: 1, 2: 2}", "{2: 2, 1: 1}"]
    values = [parse(text, "t") for text in texts]
    assert [[same(a, b) for b in values] for a in values] == [[i == j for j in range(10)] for i in range(10)]
    assert same(parse("a: [1, x]", "t"), parse("# elsewhere\n{a:\n  [1, 'x']}", "other"))


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: abs(x) < 1e15 and (x == 0 or abs(x) > 1e-4)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12),
)
_keys = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=8)
_trees = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4))


def _value(data: object, flow: bool) -> Value:
    """``data`` as if it had been read; text is quoted."""
    if isinstance(data, dict):
        keys = dict.fromkeys(data, (0, 0, True))
        entries = {key: _value(item, flow) for key, item in data.items()}
        return Mapping("t", 0, 0, FrozenDict(entries), FrozenDict(keys), flow)
    if isinstance(data, list):
        return Sequence("t", 0, 0, tuple([_value(item, flow) for item in data]), flow)
    if isinstance(data, str):
        return Scalar("t", 0, 0, data, data, quoted=True)
    return Scalar("t", 0, 0, data, json.dumps(data), quoted=False)


@given(_trees, st.booleans())
def test_dumped_and_parsed_again_is_the_same(data: object, flow: bool) -> None:
    value = _value(data, flow)
    assert same(parse(dump(value), "t"), value)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_an_error_with_a_place(text: str) -> None:
    try:
        value = parse(text, "t")
    except SpecError as error:
        places = [problem.place for problem in error.problems]
        message = str(error)
    else:
        places, message = [value.place], "t"
    assert all(place is not None and place.line >= 1 and place.column >= 1 for place in places)
    assert message.isprintable() or "\n" in message


@given(st.text("[]{}:,-?&*!|>'\"%@`#<~ \n\tab1", max_size=40))
def test_any_syntax_is_a_value_or_an_error(text: str) -> None:
    try:
        value = parse(text, "t")
    except SpecError as error:
        assert str(error).startswith("t:")  # noqa: PT017  # either way is fine, the message is not
    else:
        assert same(parse(dump(value), "t"), value)


def test_keys_are_words_whatever_they_look_like() -> None:
    assert plain(parse("{01: 1, true: 2, ~: 3, 1e3: 4, " + "9" * 30 + ": 5}", "t")) == {
        "01": 1,
        "true": 2,
        "~": 3,
        "1e3": 4,
        "9" * 30: 5,
    }
