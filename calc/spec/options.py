"""Reads params, sizes and numbers from command-line options: ``--set width=0.5``, ``--input 3x160x160``."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError, Problem, SpecError
from calc.shape import sizes_of
from calc.spec import source
from calc.spec.model import ModelSpec
from calc.spec.values import OP_WORDS, Scope, as_given, compile_value


def positive(option: str, text: str) -> int:
    """Return ``text`` as an integer of at least 1. Raises OpError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
        fact = f"{option} {text[:60]!r}: must be a positive integer of at most 9 digits"
        raise OpError(fact, _digits_alone(option, text[:60]))
    return int(text)


def _digits_alone(option: str, text: str) -> str:
    """Return a hint for ``32k``, which may mean two numbers, and for ``32,768``; otherwise empty text."""
    digits = text.translate(dict.fromkeys(map(ord, ",_ '")))
    thousands = digits.lower().removesuffix("i").removesuffix("k")
    if thousands != digits and _is_whole(thousands):
        return f"digits alone: {option} {int(thousands) * 1024}, or {int(thousands) * 1000}"
    return f"digits alone: {option} {digits}" if digits != text and _is_whole(digits) else ""


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def input_sizes(texts: Sequence[str] | None) -> tuple[int, ...] | dict[str, tuple[int, ...]] | None:
    """Return the sizes in ``--input 3x160x160``, or by input name those in ``--input image=3x96x96 --input text=77``.

    Raises OpError unless they are positive integers joined by x, and if the sizes of an input are given twice.
    """
    found: dict[str, tuple[int, ...]] = {}
    for text in texts or ():
        name, equals, sizes = text.rpartition("=")
        if name in found:
            raise OpError(f"--input{name and f' {name}'} is given twice", "it takes one value")
        try:
            found[name] = sizes_of(text if equals and not name else sizes)
        except OpError as error:
            raise OpError(f"--input {name}{equals}{error.fact}", error.hint) from None
    if "" in found and len(found) > 1:
        raise OpError("--input is given with the name of an input and without", "name each: --input image=3x96x96")
    return found.get("", found or None)


def assignments(texts: Sequence[str] | None, model: ModelSpec) -> dict[str, Any]:
    """Return the params in ``--set width=0.5`` and the like. Values are written as in a spec: ``[3, 4]``, ``2 * 8``,
    ``relu``.

    Raises OpError or SpecError.
    """
    if texts and model.provenance.versions:
        fact = f"--set {texts[0][:60]}: {model.file[:200]} is imported and has no params"
        raise OpError(fact, "name a function that makes the network with other values")
    found: dict[str, Any] = {}
    scope = Scope.of_words(OP_WORDS | model.blocks.keys())
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise OpError(f"--set {text[:60]!r}: must be name=value, such as width=0.5")
        if name in found:
            raise OpError(f"--set {name} is given twice")
        node = source.parse(value, f"--set {name}")
        try:
            found[name] = as_given(compile_value(node).evaluate(scope))
        except OpError as error:
            raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
    return found
