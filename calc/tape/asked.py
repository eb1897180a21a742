"""Reads the question for formulas: the variables with their ranges, and input sizes that contain variables."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.errors import OpError, nearest
from calc.quantities import quantities
from calc.spec.given import InputSizes
from calc.spec.model import ModelSpec
from calc.spec.options import input_sizes
from calc.spec.scopes import top_scope
from calc.tape.atoms import Number
from calc.tape.bits import NAMES, RANGE, USUAL, VariedBits, varied_bits
from calc.tape.trace import BATCH, Variable, total_named

MOST_ASKED = 10**15
"""The largest input size and the largest batch in a formula."""
MOST = 65_536
"""Without a given range, a formula is exact up to this integer, or up to eight times the value in the spec."""
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?"
_VARIABLE = re.compile(rf"([^=]+)(?:=({_NUMBER})\.\.({_NUMBER}))?")
_SIZE = re.compile(r"[1-9][0-9]{0,8}|[A-Za-z_][A-Za-z0-9_]{0,39}")

Sizes = dict[str, tuple[int | str, ...]]


class Varied(NamedTuple):
    """The ``variables`` with their ranges, and the point ``at`` which the engine is run.

    ``bits`` has those that are bits.
    """

    variables: tuple[Variable, ...]
    at: dict[str, Number]
    bits: VariedBits | None = None


def read_variables(
    text: str,
    model: ModelSpec,
    params: Mapping[str, Any],
    sizes: Mapping[str, tuple[int | str, ...]],
    batch: int,
    policy: str | None = None,
) -> Varied:
    """Read ``resolution,width=0.1..2.0``: params, the batch, bits, and names used as sizes of an input.

    ``params`` are the params with given values, ``batch`` is the number of samples and ``policy`` the bits. Raises
    OpError for an unknown name, and for a param that is not a number.
    """
    named = {name: MOST // 256 for each in sizes.values() for name in each if isinstance(name, str)}
    own = {**named, BATCH: batch, **top_scope(model, params)}
    usual: dict[str, Any] = dict.fromkeys(NAMES, USUAL) | own
    variables: list[Variable] = []
    at: dict[str, Number] = {}
    for part in text.split(","):
        found = _VARIABLE.fullmatch(part.strip())
        if found is None:
            raise OpError(f"--in {part.strip()[:60]!r}: must be a name, or a name and its range", "width=0.1..2.0")
        name = found[1].strip()
        if name not in usual:
            raise OpError(f"--in {name[:60]}: {model.name} has no such param", nearest(name, usual))
        if name in at or name in params:
            raise OpError(f"--in {name}: {'named twice' if name in at else 'its value is given with --set'}")
        value = usual[name]
        if type(value) not in (int, float):
            raise OpError(f"--in {name}: the param is not a number, so it cannot be a variable")
        bounds = _usual_range(value) if found[2] is None else _range(name, found[2], found[3], type(value) is float)
        if name not in own:
            bounds = RANGE if found[2] is None else _whole(part.strip(), bounds, RANGE)
        elif name in named or (name == BATCH and BATCH not in model.parameters):
            bounds = _whole(part.strip(), bounds, (1, MOST_ASKED))
        variables.append(Variable(name, bounds))
        at[name] = _within(value, bounds)
    missing = [each for of in sizes.values() for each in of if isinstance(each, str) and each not in at]
    if missing:
        raise OpError(f"--input has {missing[0][:60]} for a size, which --in does not name", f"--in {missing[0][:60]}")
    return Varied(tuple(variables), at, varied_bits(at.keys() - own.keys(), policy))


def sizes_of_import(texts: Sequence[str], asked: str) -> InputSizes | None:
    """Return the input sizes ``texts``, with a number in place of each variable, for importing a network.

    The numbers are in the ranges that ``asked`` gives, in the form of ``read_variables``. Raises OpError.
    """
    parts = [_VARIABLE.fullmatch(part.strip()) for part in asked.split(",")]
    ranges = {part[1].strip(): (int(float(part[2])), int(float(part[3]))) for part in parts if part and part[2]}
    numbers = []
    for text in texts:
        name, equals, sizes = text.rpartition("=")
        found = [
            str(int(_within(MOST // 256, ranges.get(size, (1, MOST))))) if size.isidentifier() else size
            for size in sizes.split("x")
        ]
        numbers.append(f"{name}{equals}{'x'.join(found)}")
    return input_sizes(numbers)


def read_totals(text: str) -> tuple[str, ...]:
    """Read the names of totals, such as ``macs,bitops``. A family such as ``bitops`` stands for its integer totals.

    Raises OpError for an unknown total, and for one that is not an integer.
    """
    found: list[str] = []
    for name in [part.strip() for part in text.split(",")]:
        found += [each.name for each in quantities() if name and each.family == name and each.is_integer] or [name]
    for name in found:
        if not total_named(name).is_integer:
            raise OpError(f"--of {name}: it is not an integer, so calc has no formula for it")
    return tuple(dict.fromkeys(found))


def read_sizes(texts: Sequence[str], model: ModelSpec) -> Sizes:
    """Read sizes such as ``3xHxW``, or ``image=3xHxW`` if there are several inputs. Raises OpError."""
    found: Sizes = {}
    for text in texts:
        name, equals, sizes = text.rpartition("=")
        is_imported = (
            len(model.inputs) == 1 and model.provenance.asked is not None
        )  # its input has another name in the source
        name = name if equals and not is_imported else next(iter(model.inputs))
        parts = sizes.split("x")
        if (
            name not in model.inputs
            or name in found
            or not all(re.fullmatch(r"[1-9][0-9]*|[A-Za-z_]\w*", p) for p in parts)
        ):
            hint = f"sizes or names joined by x, such as --input {name if equals else ''}{equals}3xHxW"
            raise OpError(f"--input {text[:60]!r}: must be sizes of one input of {model.name}", hint)
        found[name] = tuple([int(part) if part.isdigit() else part for part in parts])
    return found


def _usual_range(value: Number) -> tuple[Number, Number]:
    if isinstance(value, float):
        return tuple(sorted((value / 10, value * 10)))  # type: ignore[return-value]  # two of two
    return min(1, value), max(MOST, 8 * value)


def _range(name: str, first: str, last: str, is_double: bool) -> tuple[Number, Number]:
    as_number = float if is_double or "." in first + last else int
    low, high = as_number(first), as_number(last)
    if high < low:
        raise OpError(f"--in {name}={first}..{last}: the range is empty", f"--in {name}={last}..{first}")
    return low, high


def _whole(text: str, bounds: tuple[Number, Number], most: tuple[int, int]) -> tuple[Number, Number]:
    low, high = bounds
    if type(low) is float or not most[0] <= low <= high <= most[1]:
        raise OpError(f"--in {text[:60]}: must be whole numbers from {most[0]} to {most[1]:,}")
    return bounds


def _within(value: Number, bounds: tuple[Number, Number]) -> Number:
    """Return ``value`` if it is in the range, and otherwise the middle of the range, in the type of the range."""
    low, high = bounds
    if low <= value <= high:
        return float(value) if isinstance(low, float) else value
    return (low + high) / 2 if isinstance(low, float) else int(low + high) // 2
