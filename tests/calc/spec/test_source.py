"""YAML to values with places. What a hostile file does is in tests/test_bad_files.py."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import Place, SpecError
from calc.frozen import FrozenDict
from calc.spec.source import MAX_DEPTH, dump, parse
from calc.spec.tree import Mapping, Scalar, Sequence, Value, plain, said_by, same


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


def test_an_alias_may_be_a_key_and_a_key_may_be_repeated() -> None:
    value = parse("- &x a\n- *x : 1\n- {&y '~': 1}\n- *y\n", "t")
    assert plain(value) == ["a", {"a": 1}, {"~": 1}, "~"]
    assert dump(value) == '- a\n- a: 1\n- {"~": 1}\n- "~"\n'
    assert refusal("- &x a\n- {a: 1, *x : 2}") == "t:2:10: the key a occurs twice; first at line 2"
    assert refusal("- &x ''\n- {*x : 1}") == "t:2:4: a key must be a word, got nothing"
    assert refusal("- &x [a]\n- {*x : 1}") == "t:1:3: a key must be a word, got a list or a mapping"


def test_an_alias_has_the_place_of_its_anchor() -> None:
    value = parse("a: &x 1\n&k d: *k\ne: *x\n", "t")
    assert isinstance(value, Mapping)
    assert (value.entries["e"].place, value.entries["d"].place) == (Place("t", 1, 4), Place("t", 2, 1))


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
        marks = (0, 0, True) * len(data)
        entries = {key: _value(item, flow) for key, item in data.items()}
        return Mapping("t", 0, 0, FrozenDict(entries), marks, flow)
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


def refusal(data: bytes | str) -> str:
    """What is said about a file that holds ``data``."""
    with pytest.raises(SpecError) as caught:
        parse(data, "t")
    return str(caught.value)


TAB = "\n  hint: a tab may not indent YAML; use spaces"
UTF_8 = "\n  hint: save the file as UTF-8"
CLOSE = "close it; an expression in it that has a comma or bracket of its own must be quoted"


@pytest.mark.parametrize("text, place", [("\ta: 1", "1:1"), ("a:\n\tb: 1", "2:1"), ("a:\n- b\n-\tc: 1\n\td: 2", "3:2")])
def test_a_tab_that_indents_is_said_to(text: str, place: str) -> None:
    assert refusal(text).startswith(f"t:{place}: not YAML: while scanning for the next token, found character")
    assert refusal(text).endswith(TAB)


@pytest.mark.parametrize("text", ["a: ]\t", "a: 'b\n\tc"])
def test_another_mistake_in_a_line_with_a_tab_is_not_blamed_on_it(text: str) -> None:
    assert TAB not in refusal(text)


def test_a_bracket_that_is_not_closed_is_said_where_it_begins() -> None:
    assert refusal("a: b\nc: [1,\n d\n").endswith(f"\n  it begins at t:2:4\n  hint: {CLOSE}")
    assert refusal("a: {b: 1\n").endswith(f"  it begins at t:1:4\n  hint: {CLOSE}")


def test_what_some_parser_refuses_and_others_take_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise yaml.reader.ReaderError("t", 3, 0xFEFF, "utf-8", "control characters are not allowed")

    monkeypatch.setattr("calc.spec.source._LOADER", refuse)
    assert refusal("\ufeffa: 1") == "t:1:1: not YAML: the character U+FEFF is not allowed"


@pytest.mark.parametrize(
    "data, message",
    [
        (b"\n\0", "t:2:1: a zero byte: a binary file or UTF-16" + UTF_8),
        (b"\na\n\xe9", "t:3:1: the byte 0xe9 is not UTF-8" + UTF_8),
        (b"\n\x07", "t:2:1: not YAML: the character U+0007 is not allowed"),
        ("a:\n  \x9d", "t:2:3: not YAML: the character U+009D is not allowed"),
        ("a:\n\n b\x9d", "t:3:3: not YAML: the character U+009D is not allowed"),
        ("- !!int 3", "t:1:3: the tag !!int is not allowed\n  hint: specs hold plain values only"),
        ("- !!map {}", "t:1:3: the tag !!map is not allowed\n  hint: specs hold plain values only"),
        (f"!{'x' * 60} a", f"t:1:1: the tag !{'x' * 59} is not allowed\n  hint: specs hold plain values only"),
        (f"*{'x' * 61}", f"t:1:1: the alias *{'x' * 60} has no value to repeat\n"
         f"  hint: &{'x' * 60} must stand before it, and may not hold it"),
        (f"0{'1' * 20}", f"t:1:1: 0{'1' * 19} begins with 0: octal to other readers\n"
         "  hint: write it without the zero"),
        ("9" * 19, "t:1:1: an integer of 19 digits, but at most 18 are allowed"),
        ("a: 1\n---\nb: 1", "t:2:1: a second document; a spec is one"),
        (f"{{{'x' * 61}: 1,\n {'x' * 61}: 2}}", f"t:2:2: the key {'x' * 60} occurs twice; first at line 1"),
        ("{'': 1}", "t:1:2: a key must be a word, got nothing"),
        ("{[a]: 1}", "t:1:2: a key must be a word, got a list or a mapping"),
        ("", "t:1:1: the file has no content\n  hint: a spec has at least name:, input: and layers:"),
    ],
)  # fmt: skip
def test_whole_messages(data: bytes | str, message: str) -> None:
    assert refusal(data) == message


def test_limits() -> None:
    deep = "[" * (MAX_DEPTH - 3)
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "t")
    assert refusal("[" * (MAX_DEPTH + 1)).startswith(f"t:1:{MAX_DEPTH + 1}: nested deeper than {MAX_DEPTH} levels")
    assert parse(f"- &a [1]\n- [{deep}*a{deep.replace('[', ']')}]", "t")  # the list, its brackets, the alias' own
    less = deep[1:]
    assert parse(f"- &a [[1]]\n- [{less}*a{less.replace('[', ']')}]", "t")
    assert refusal(f"- &a [[1]]\n- [{deep}*a").endswith(f"nested deeper than {MAX_DEPTH} levels by aliases")
    assert scalar(f"{'1' * 38}.5") == float(f"{'1' * 38}.5")
    assert scalar(f"{'1' * 39}.5") == f"{'1' * 39}.5"  # an expression then, which says that it is too long or large


def test_what_a_file_holds_is_counted_without_what_aliases_repeat() -> None:
    value = parse("a: &x [1, {b: 2}]\nc: *x\n", "t")
    assert isinstance(value, Mapping)
    # the mapping, its two keys, the list, 1, the mapping in it, its key and 2
    assert value.written == 1 + 2 + 1 + 1 + 1 + 2


def test_lists_and_mappings_know_whether_they_stand_in_brackets() -> None:
    text = dump(parse("a: [1, {b: 'é'}]\nc:\n- d: ~\n- e:\n", "t"))
    assert text == 'a: [1, {b: "é"}]\nc:\n- d: ~\n- e: ~\n'


def test_keys_are_words_whatever_they_look_like() -> None:
    assert plain(parse("{01: 1, true: 2, ~: 3, 1e3: 4, " + "9" * 30 + ": 5}", "t")) == {
        "01": 1,
        "true": 2,
        "~": 3,
        "1e3": 4,
        "9" * 30: 5,
    }


def test_only_what_is_written_alike_says_the_same() -> None:
    texts = ("1", "1.0", "'1'", "true", "''", "~", "[]", "{}", "[1]", "[[1]]", "[a, 1]", "{a: 1}", "{a: '1'}", "{b: 1}")
    said = [said_by(parse(text, "t")) for text in (*texts, "x")]
    assert len(set(said)) == len(said)
    assert [said_by(parse(f"\n  {text}", "u")) for text in texts] == said[:-1]
