"""YAML text of plain values: what is laid out how, what is quoted, and that it reads back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.spec.source import parse
from calc.spec.tree import plain
from calc.spec.write.text import EMPTY, Members, Rows, number_text, yaml_text

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
    assert max(map(len, text.splitlines())) <= 110
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
