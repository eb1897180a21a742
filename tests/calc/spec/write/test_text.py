"""YAML text of plain values: what is laid out how, what is quoted, and that it reads back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.spec.source import parse
from calc.spec.tree import plain
from calc.spec.write.text import EMPTY, Members, Rows, Spaced, number_text, yaml_text

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**17) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab1.-_ :#{", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["name", "layers", "0", "no"]), values, min_size=1))
def test_it_reads_back_as_it_was(document: dict[str, object]) -> None:
    in_lines = {key: Rows(value) if isinstance(value, list) else value for key, value in document.items()}
    for each in (document, in_lines, {"outer": Members(document)}):
        assert plain(parse(yaml_text(each), "text")) == each


def test_the_layout() -> None:
    layers = Members(
        conv={"conv2d": {"out_channels": 8, "padding": [1, 2]}}, act="relu", add={"add": EMPTY, "from": ["a"]}
    )
    text = yaml_text({"name": "Net: a", "input": [3, 8, 8], "layers": layers, "output": "act"})
    assert text == (
        'name: "Net: a"\n'
        "input: [3, 8, 8]\n"
        "\n"
        "layers:\n"
        "  conv: {conv2d: {out_channels: 8, padding: [1, 2]}}\n"
        "  act: relu\n"
        "  add: {add: , from: [a]}\n"
        "\n"
        "output: act\n"
    )


def test_what_does_not_fit_on_a_line_takes_several() -> None:
    text = yaml_text({"layers": Members(long={"index": {"dim": 1, "indices": list(range(100, 180))}})})
    assert max(map(len, text.splitlines())) <= 118
    assert text.splitlines()[:4] == ["layers:", "  long:", "    index:", "      dim: 1"]
    assert plain(parse(text, "text"))["layers"]["long"]["index"]["indices"] == list(range(100, 180))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "0.00001"), (0.1, "0.1"), (1e16, "10000000000000000.0"), (2.0, "2.0"), (1e-30, "1e-30"), (-0.5, "-0.5")],
)
def test_numbers_have_no_exponent_while_they_are_short(value: float, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize("word", ["no", "Yes", "null", "007", "1e5", "2020-01-01", "a: b", "-", "#", "a b ", "é,x"])
def test_text_that_could_be_something_else_is_in_quotes(word: str) -> None:
    assert f'"{word}"' in yaml_text({"from": [word]})


@pytest.mark.parametrize(
    "word",
    [
        "a-b",
        "a.b",
        "8",
        "0",
        "7K",
        "1.5G",
        "out // 2",
        "2 * out",
        "(a + b)",
        "a<=b",
        "network.x",
        "_x",
        "$x",
        "0" * 0 + "123456789012345678",
    ],
)
def test_text_that_is_plain_has_no_quotes(word: str) -> None:
    assert yaml_text({"from": [word]}) == f"from: [{word}]\n"


@pytest.mark.parametrize(
    "word", ["", "é x", "a@b", "-a", "a b ", "y", "ON", "off", "false", "TRUE", "1a2", "01", "1" * 19, "1.5", ".a"]
)
def test_text_in_a_list_is_quoted_where_it_might_be_something_else(word: str) -> None:
    assert yaml_text({"from": [word]}) == f'from: ["{word}"]\n'


def test_text_of_its_own_line_is_quoted_less() -> None:
    for text in ("a: b", "a #b", "a:", "# a", 'a"b', "it's", "a`b", " a", "no", "1e5", "[a]", "a\u00a0b"):
        assert ': "' in yaml_text({"source": text})
    for text in ("a paper, of two-parts", "a b#c", "é", "https://x.y/z#a", "Net, 2nd ed. (2020)", "2 of 3"):
        assert yaml_text({"source": text}) == f"source: {text}\n"


def test_what_cannot_be_printed_is_escaped() -> None:
    assert yaml_text({"source": "a\u200bb\tc"}) == 'source: "a\\U0000200Bb\\tc"\n'


@pytest.mark.parametrize(
    ("key", "written"),
    [("a", "a"), ("a.b-c", "a.b-c"), ("no", '"no"'), ("Y", '"Y"'), ("0", "0"), ("01", '"01"'), ("a b", '"a b"'),
     ("i{i}", '"i{i}"'), ("1" * 18, "1" * 18), ("1" * 19, f'"{"1" * 19}"')],
)  # fmt: skip
def test_keys(key: str, written: str) -> None:
    assert yaml_text({key: 1}) == f"{written}: 1\n"
    assert yaml_text({"x": {key: None}}) == f"x: {{{written}: null}}\n"


def test_values_on_one_line() -> None:
    values = {"a": None, "b": True, "c": [False, 1, 0.5, (2, "x")], "d": {"e": EMPTY, "f": {}}, "g": [], "h": EMPTY}
    assert yaml_text(values) == ("a: null\nb: true\nc: [false, 1, 0.5, [2, x]]\nd: {e: , f: {}}\ng: []\nh:\n")
    assert yaml_text({"a": Members(), "b": Rows()}) == "a: {}\nb: []\n"


def test_a_member_of_a_list_that_is_one_word_has_no_braces() -> None:
    layers = Rows([{"linear": 8}, {"conv2d": {"stride": 2}}, {"add": EMPTY}, {"Unit": 8, "repeat": 2}, ["relu"]])
    written = ["linear: 8", "conv2d: {stride: 2}", "{add: }", "{Unit: 8, repeat: 2}", "[relu]"]
    assert yaml_text({"layers": layers}) == "\n".join(["layers:", *[f"  - {line}" for line in written], ""])


def test_lines_inside_lines() -> None:
    document = {
        "blocks": Spaced(A=Members(layers=Rows(["relu", Members(a=1, b=Rows([1, Rows([2, "x"])]))])), B={"c": 1}),
        "x": 1,
        "y": 2,
        "over": Rows([[1, 2], [3, 4]]),
    }
    assert yaml_text(document) == (
        "blocks:\n"
        "  A:\n"
        "    layers:\n"
        "      - relu\n"
        "      - a: 1\n"
        "        b:\n"
        "          - 1\n"
        "          - - 2\n"
        "            - x\n"
        "\n"
        "  B: {c: 1}\n"
        "\n"
        "x: 1\n"
        '"y": 2\n'
        "\n"
        "over:\n"
        "  - [1, 2]\n"
        "  - [3, 4]\n"
    )


def test_what_just_fits_stays_on_its_line() -> None:
    assert yaml_text({"k": ["a" * 113]}) == f"k: [{'a' * 113}]\n"  # 118 letters
    assert yaml_text({"k": ["a" * 114]}) == f"k:\n  [{'a' * 114}]\n"
    assert yaml_text({"k": {"m": ["a" * 114]}}) == f"k:\n  m:\n    [{'a' * 114}]\n"
    assert yaml_text({"k": Rows([["a" * 50, "b" * 60]])}) == f"k:\n  - [{'a' * 50}, {'b' * 60}]\n"
    assert yaml_text({"k": Rows([["a" * 50, "b" * 61]])}) == f"k:\n  - [{'a' * 50},\n    {'b' * 61}]\n"
    assert yaml_text({"k": ["a" * 60 + "-" + "b" * 60]}) == f"k:\n  [{'a' * 60}-{'b' * 60}]\n"  # nor at a hyphen
    assert yaml_text({"k": "a " * 80 + "a"}) == f"k: {'a ' * 80}a\n"  # text is not broken
