"""The axes of a sweep: names with lists or ranges of values."""

import re
from collections.abc import Collection
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from calc.errors import OpError, Problem, SpecError, each, nearest, number_of
from calc.precision.uniform import width
from calc.shape import sizes_of
from calc.spec import ModelSpec, source
from calc.spec.keys import text_of
from calc.spec.scopes import top_scope
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import OP_WORDS, Scope, as_given, compile_value

INPUT = "input"
MOST_VALUES = 1_000_000
"""The largest number of values on an axis, because they are kept in memory."""
_NUMBER = r"-?[0-9]{1,24}(?:\.[0-9]{1,12})?"
_POSITION = re.compile(r"(\w+)\[(\*|[0-9]{1,6})\]")
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::({_NUMBER}))?")


class Axis(NamedTuple):
    """An axis of a sweep with its ``values``.

    ``name`` is a param or, for sizes of an input, ``input`` or ``input.NAME``.
    """

    name: str
    values: tuple[Any, ...]


def read_axes(text: str, model: ModelSpec, given: AnyMapping[str, Any]) -> list[Axis]:
    """Return the axes that ``text`` describes, as ``read_axis`` reads it or by position in a list.

    ``op[*]=…`` varies every position of the param ``op``, and ``op[0]=…`` the first. ``given`` has params with values
    other than in the spec. Raises OpError if the text is wrong.
    """
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise OpError("must be name=values, such as width=0.5,1.0 or resolution=96..224:32")
    return _axes(name, _split(values), model, given)


def axes_of_spec(model: ModelSpec, given: AnyMapping[str, Any]) -> list[Axis]:
    """Return the axes that ``model`` declares under ``vary``, if any.

    ``given`` has params with other values than in the spec; an axis of such a param has this one value. Raises
    SpecError with every declaration that is wrong.
    """
    section = model.section("vary")
    if not isinstance(section, Mapping):
        return []
    found: list[Axis] = []
    problems: list[Problem] = []
    for name, node in section.entries.items():
        if name.partition("[")[0] in given:  # the whole list, or its positions
            continue
        try:
            parts = list(node.items) if isinstance(node, Sequence) else _split(text_of(node, name))
            found += _axes(name, parts, model, given)
        except OpError as error:
            problems.append(Problem(section.key(name).place, f"vary {name[:60]}: {error.fact}", error.hint))
    if problems:
        raise SpecError(problems)
    return found


def _axes(name: str, parts: AnySequence[str | Value], model: ModelSpec, given: AnyMapping[str, Any]) -> list[Axis]:
    found = _POSITION.fullmatch(name)
    if found is None and name.endswith("]") and name.partition("[")[0] in model.parameters:
        base = name.partition("[")[0]
        raise OpError(f"{name[:60]} is not a position", f"{base}[*] is every position, {base}[0] the first")
    if found is None:
        return [_axis(name, parts, model)]
    items = list_param(model, found[1], given)
    if found[2] != "*" and int(found[2]) >= len(items):
        raise OpError(f"{found[1]} has {number_of(len(items), 'value')}, from [0] to [{len(items) - 1}]")
    choices = _axis(found[1], parts, model).values
    places = range(len(items)) if found[2] == "*" else [int(found[2])]
    return [Axis(f"{found[1]}[{place}]", choices) for place in places]


def list_param(model: ModelSpec, name: str, given: AnyMapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of the param ``name``, in the form that a caller passes.

    Raises OpError unless it is a list with items.
    """
    if name not in model.parameters:
        raise OpError(f"{model.name} has no such param", nearest(name, model.parameters))
    items = given[name] if name in given else as_given(top_scope(model, given)[name])
    if type(items) not in (tuple, list) or not items:
        raise OpError(f"{name} is not a list, so it has no positions to vary", f"{name}=…")
    return tuple(items)


def list_position(name: str) -> tuple[str, int] | None:
    """Return the name and the position in ``op[3]``, or None if the axis is not a position."""
    found = _POSITION.fullmatch(name)
    return None if found is None else (found[1], int(found[2]))


def read_axis(text: str, model: ModelSpec, more: Collection[str] = ()) -> Axis:
    """Read an axis: ``width=0.35,0.5``, ``resolution=96..224:32`` or ``input=3x96x96,3x128x128``.

    A range includes both ends. ``more`` has names that the caller varies in addition to params. Raises OpError for an
    unknown param, an empty range or an invalid value.
    """
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise OpError("must be name=values, such as width=0.5,1.0 or resolution=96..224:32")
    return _axis(name, _split(values), model, more)


def _axis(name: str, parts: AnySequence[str | Value], model: ModelSpec, more: Collection[str] = ()) -> Axis:
    if not parts:
        raise OpError("has no values", f"{name}: [1, 2]")
    is_input = name in _inputs(model)
    known = [*model.parameters, *_inputs(model), *more]
    if name not in known:
        raise OpError(f"{model.name} has no such param", nearest(name, known))
    found: list[Any] = []
    for part in parts:
        found += (
            [sizes_of(part if isinstance(part, str) else text_of(part, name))] if is_input else _values(part, model)
        )
        if len(found) > MOST_VALUES:
            raise OpError(f"more than {MOST_VALUES:,} values")
    if len({(type(value), value) if type(value) in (int, float) else repr(value) for value in found}) < len(found):
        raise OpError("a value is given twice")
    return Axis(name, tuple(found))


def _inputs(model: ModelSpec) -> list[str]:
    """Return the names under which the inputs of ``model`` are varied.

    ``input`` is the only input, unless a param is called so.
    """
    if len(model.inputs) > 1:
        return [f"{INPUT}.{name}" for name in model.inputs]
    return [] if INPUT in model.parameters else [INPUT]


def _values(part: str | Value, model: ModelSpec) -> list[Any]:
    """Return a single value, as in a spec, or the values of a range ``first..last:step``."""
    text = part if isinstance(part, str) else part.text if isinstance(part, Scalar) else ""
    found = _RANGE.fullmatch(text)
    if found is None:
        scope = Scope.of_words(OP_WORDS | model.blocks.keys())
        try:
            node = source.parse(part, "--vary") if isinstance(part, str) else part
            return [as_given(compile_value(node).evaluate(scope))]
        except SpecError as error:
            raise OpError(error.problems[0].fact, error.problems[0].hint) from None
        except OpError as error:
            raise OpError(error.fact, str(error.hint) or _quoted(text)) from None
    first, last, step = Fraction(found[1]), Fraction(found[2]), Fraction(found[3] or "1")
    if step <= 0:
        raise OpError(f"{text} has a step of {found[3]}; must be above 0")
    count = (last - first) // step + 1
    if last < first:
        raise OpError(f"{text} is empty: it runs from {found[1]} to {found[2]}")
    if count > MOST_VALUES:
        raise OpError(f"{text} has {count:,} values; at most {MOST_VALUES:,}")
    bottom = lcm(first.denominator, step.denominator)
    top, by = int(first * bottom), int(step * bottom)
    if "." not in found[1] + (found[3] or ""):
        return list(range(top, top + count * by, by))
    return [value / bottom for value in range(top, top + count * by, by)]


def _quoted(text: str) -> str:
    """Return a hint for a word that is not known. It may be a text whose outer quotes YAML has removed."""
    word = text.strip("'\"")
    return f"a text has quotes in quotes: \"'{word}'\"" if word.isidentifier() else ""


def read_policies(texts: list[str], default: str = "fp32") -> tuple[str, ...]:
    """Read policies, as ``calc run --bits`` takes them, and ranges of widths such as ``2..8``.

    Raises OpError or SpecError for a policy that is unknown.
    """
    parts = [part for text in texts for part in text.split(",") if part]
    found = [policy for policies in each("--bits", parts, _policies) for policy in policies]
    if len(set(found)) < len(found):
        raise OpError("--bits: a policy is given twice")
    return tuple(found or [default])


def _policies(text: str) -> list[str]:
    span = re.fullmatch(r"([0-9]{1,2})\.\.([0-9]{1,2})", text)
    if span is None:
        return [text]
    first, last = int(span[1]), int(span[2])
    if first > last:
        raise OpError(f"{text} is empty: it runs from {first} to {last}")
    return [str(width(bits)) for bits in range(first, last + 1)]


def _split(text: str) -> list[str]:
    """Return the parts of the text between commas, not counting commas inside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[({") - (character in "])}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if not all(part.strip() for part in parts):
        raise OpError(f"{text[:60]!r} has an empty value")
    return [part.strip() for part in parts]
