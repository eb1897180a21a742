"""Keys and single values of any mapping: what is unknown or of another kind is named."""

import pytest

from calc.errors import OpError
from calc.spec.expressions import SPLIT
from calc.spec.keys import text_of, unknown_keys, word_of
from calc.spec.source import parse
from calc.spec.tree import Mapping


def unknown(text: str, where: str = "") -> str:
    """What is said about the keys of the mapping ``text``, where width and depth are known."""
    node = parse(text, "t")
    assert isinstance(node, Mapping)
    return "\n".join(map(str, unknown_keys(node, iter(["width", "depth"]), where)))


def test_unknown_keys_are_said_where_they_stand() -> None:
    assert unknown("{width: 1, depth: 2}") == ""
    assert unknown("{widht: 1,\n zz: 2}", "the params") == (
        "t:1:2: unknown key widht in the params\n  hint: did you mean width?\n"
        "t:2:2: unknown key zz in the params\n  hint: known here: depth, width"
    )


def test_a_value_that_braces_have_split_is_said_to_be_split() -> None:
    split = f"unknown key 2)\n  hint: {SPLIT}"
    assert unknown("{width: max(1, 2)}") == f"t:1:16: {split}"
    assert SPLIT not in unknown("width: 1\n2):\n")
    assert SPLIT not in unknown("{width: 1, 2): 3}")
    assert SPLIT not in unknown("{width: 1, 2): [3]}")


def read(text: str) -> str:
    """The word that ``text`` is, where first and last are known, or what is said about it."""
    try:
        return word_of(parse(text, "t"), "channels", ("first", "last"))
    except OpError as error:
        return f"{error.fact}\n{error.hint}"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("last", "last"),
        ("lest", "unknown channels lest\ndid you mean last?"),
        ("x" * 61, f"unknown channels {'x' * 60}\nknown here: first, last"),
        ("[last]", "channels takes one value, this is a list\n"),
        ("{last: }", "channels takes one value, this is a mapping\n"),
        ("~", "channels takes one value, this is nothing\n"),
    ],
)
def test_a_word_of_few(text: str, expected: str) -> None:
    assert read(text) == expected


def test_a_number_is_taken_as_it_is_written() -> None:
    assert text_of(parse("1e6", "t"), "macs") == "1e6"
