"""Checks the keys of a mapping in any kind of file: unknown keys, and values of a wrong type.

Specs, precision rules, claims, conventions and the section ``preprocess:`` use these functions.
"""

from collections.abc import Collection, Iterable

from calc.errors import Nearest, OpError, Problem, unknown_key
from calc.spec.expressions import SPLIT
from calc.spec.tree import Mapping, Scalar, Sequence, Value


def unknown_keys(node: Mapping, known: Iterable[str], where: str = "") -> list[Problem]:
    """Return a problem for each key of ``node`` that is not in ``known``. ``where`` names the mapping in messages."""
    known = tuple(known)
    unknown = [key for key in node.entries if key not in known]
    keys = node.keys() if unknown else {}
    return [_unknown(node, keys[key], known, where) for key in unknown]


def _unknown(node: Mapping, key: Scalar, known: tuple[str, ...], where: str) -> Problem:
    value = node.entries[key.text]
    error = unknown_key(key.text, known, where)
    split = node.flow and isinstance(value, Scalar) and value.text == ""
    return Problem(key.place, error.fact, SPLIT if split else error.hint)


def text_of(node: Value, key: str) -> str:
    """Return the line of text or the number in ``node``. Raises OpError for a list, a mapping or nothing."""
    if isinstance(node, Scalar) and node.data is not None:
        return node.text
    raise OpError(f"{key} takes one value, this is {kind_of_value(node)}")


def word_of(node: Value, key: str, words: Collection[str]) -> str:
    """Return the text of ``node`` if it is one of ``words``. Raises OpError otherwise, naming the nearest of them."""
    text = text_of(node, key)
    if text not in words:
        raise OpError(f"unknown {key} {text[:60]}", Nearest(text, words))
    return text


def kind_of_value(node: Value) -> str:
    """Return a description of ``node`` for messages, such as "a list"."""
    if isinstance(node, Scalar):
        return "nothing" if node.data is None else f"'{node.text[:60]}'"
    return "a list" if isinstance(node, Sequence) else "a mapping"
