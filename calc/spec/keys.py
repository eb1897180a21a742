"""Reading the keys of a mapping, whatever file it stands in: unknown ones are said, and so are values of another kind.

Specs, precision rules, claims, conventions and what stands under ``preprocess:`` are all read with these.
"""

from collections.abc import Collection, Iterable

from calc.errors import Nearest, OpError, Problem, unknown_key
from calc.spec.expressions import SPLIT
from calc.spec.tree import Mapping, Scalar, Sequence, Value


def unknown_keys(node: Mapping, known: Iterable[str], where: str = "") -> list[Problem]:
    """A problem for each key of ``node`` that is none of ``known``; ``where`` names the mapping in messages."""
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
    """The one line of text or the one number that ``node`` is. Raises OpError for a list, a mapping or nothing."""
    if isinstance(node, Scalar) and node.data is not None:
        return node.text
    raise OpError(f"{key} takes one value, this is {kind_of_value(node)}")


def word_of(node: Value, key: str, words: Collection[str]) -> str:
    """``text_of``, where only ``words`` are taken. Raises OpError naming the nearest."""
    text = text_of(node, key)
    if text not in words:
        raise OpError(f"unknown {key} {text[:60]}", Nearest(text, words))
    return text


def kind_of_value(node: Value) -> str:
    """What ``node`` is, in words."""
    if isinstance(node, Scalar):
        return "nothing" if node.data is None else f"'{node.text[:60]}'"
    return "a list" if isinstance(node, Sequence) else "a mapping"
