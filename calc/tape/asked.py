"""What a formula is asked about: its variables with their ranges, and the sizes of inputs in which they stand."""

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
"""The largest size of an input, and number of samples, of which a formula is asked for."""
MOST = 65_536
"""Up to which integers a formula is exact where no range is asked for, or to eight times what the spec says."""
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?"
_VARIABLE = re.compile(rf"([^=]+)(?:=({_NUMBER})\.\.({_NUMBER}))?")
_SIZE = re.compile(r"[1-9][0-9]{0,8}|[A-Za-z_][A-Za-z0-9_]{0,39}")

Sizes = dict[str, tuple[int | str, ...]]


class Varied(NamedTuple):
    """``variables`` with their ranges, and where in them the engine is run; ``bits``, if some of them are bits."""

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
    """``resolution,width=0.1..2.0``: params, the batch, bits, and names that stand for sizes of an input.

    ``params`` are those that are given, ``batch`` the samples, ``policy`` the bits. Raises OpError for what is none of
    them, or no number.
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
            raise OpError(f"--in {name}: the param is no number, so no formula has it")
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
    """The sizes ``texts`` at which a network is imported, of which formulas are ``asked`` as ``read_variables`` has it:
    for each name a number in its range. Raises OpError.
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
    """``macs,bitops``: names of totals; that of a family, ``bitops``, stands for those of it that are integers.

    Raises OpError for what is no total, and for one that is no integer.
    """
    found: list[str] = []
    for name in [part.strip() for part in text.split(",")]:
        found += [each.name for each in quantities() if name and each.family == name and each.is_integer] or [name]
    for name in found:
        if not total_named(name).is_integer:
            raise OpError(f"--of {name}: is no integer, so no formula here gives it")
    return tuple(dict.fromkeys(found))


def read_sizes(texts: Sequence[str], model: ModelSpec) -> Sizes:
    """``3xHxW``, or of several inputs ``image=3xHxW``: numbers, and names of variables. Raises OpError."""
    found: Sizes = {}
    for text in texts:
        name, equals, sizes = text.rpartition("=")
        is_imported = len(model.inputs) == 1 and model.provenance.asked is not None  # where it has another name
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
        raise OpError(f"--in {name}={first}..{last}: is empty", f"--in {name}={last}..{first}")
    return low, high


def _whole(text: str, bounds: tuple[Number, Number], most: tuple[int, int]) -> tuple[Number, Number]:
    low, high = bounds
    if type(low) is float or not most[0] <= low <= high <= most[1]:
        raise OpError(f"--in {text[:60]}: must be whole numbers from {most[0]} to {most[1]:,}")
    return bounds


def _within(value: Number, bounds: tuple[Number, Number]) -> Number:
    """``value`` if it is in the range, else its middle; of its type."""
    low, high = bounds
    if low <= value <= high:
        return float(value) if isinstance(low, float) else value
    return (low + high) / 2 if isinstance(low, float) else int(low + high) // 2
