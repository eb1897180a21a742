"""The notations of formulas: text, LaTeX, Python and JavaScript."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Dialect(NamedTuple):
    """A notation for formulas.

    ``steps`` has a pattern for each kind of step, with its operands by position. ``loose`` has the kinds that need
    ``brackets`` inside a product. ``number`` and ``double`` write constants, and ``name`` writes names. ``is_fraction``
    says that the two sides of a quotient need no brackets.
    """

    steps: Mapping[str, str]
    loose: frozenset[str]
    product: str
    power: Callable[[str, int], str]
    number: Callable[[int], str] = str
    double: Callable[[float], str] = repr
    brackets: str = "({})"
    name: Callable[[str], str] = str
    is_fraction: bool = False


_DOUBLES = {"add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}"}
_SHOWN = {
    "floor_div": "⌊{} / {}⌋",
    "max": "max({})",
    "min": "min({})",
    "gcd": "gcd({})",
    "below": "[{} < 0]",
    "zero": "[{} = 0]",
    "double_below": "[{} < {}]",
    "double_at_most": "[{} ≤ {}]",
    "double_equal": "[{} = {}]",
    "floor": "⌊{}⌋",
    "ceil": "⌈{}⌉",
    "trunc": "trunc({})",
    "round": "round({})",
    "of_integer": "{}",
    "ratio": "{} / {}",
    "add": "{} + {}",
    "subtract": "{} − {}",
    "multiply": "{}·{}",
    "divide": "{} / {}",
    "power": "{} ^ {}",
    "double_max": "max({}, {})",
    "double_min": "min({}, {})",
    "log2": "log2({})",
}


def _short(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _latex_name(name: str) -> str:
    letter, digits = name[:1], name[1:]
    if not digits or digits.isdigit():
        return f"{letter}_{{{digits}}}" if digits else letter
    return rf"\mathit{{{name.replace('_', chr(92) + '_')}}}"


_ARITHMETIC = frozenset(("of_integer", "ratio", "add", "subtract", "multiply", "divide", "power"))

TEXT = Dialect(
    _SHOWN, _ARITHMETIC, "·", lambda base, power: f"{base}{str(power).translate(_SUPERSCRIPTS)}", double=_short
)

LATEX = Dialect(
    {
        **_SHOWN,
        "floor_div": r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
        "max": r"\max\left({}\right)",
        "min": r"\min\left({}\right)",
        "gcd": r"\gcd\left({}\right)",
        "below": r"\left[{} < 0\right]",
        "zero": r"\left[{} = 0\right]",
        "double_below": r"\left[{} < {}\right]",
        "double_at_most": r"\left[{} \le {}\right]",
        "double_equal": r"\left[{} = {}\right]",
        "floor": r"\left\lfloor {} \right\rfloor",
        "ceil": r"\left\lceil {} \right\rceil",
        "trunc": r"\operatorname{{trunc}}\left({}\right)",
        "round": r"\operatorname{{round}}\left({}\right)",
        "ratio": r"\frac{{{}}}{{{}}}",
        "subtract": "{} - {}",
        "multiply": r"{} \cdot {}",
        "divide": r"\frac{{{}}}{{{}}}",
        "power": r"{}^{{{}}}",
        "double_max": r"\max\left({}, {}\right)",
        "double_min": r"\min\left({}, {}\right)",
        "log2": r"\log_2\left({}\right)",
    },
    _ARITHMETIC,
    r" \, ",
    lambda base, power: f"{base}^{{{power}}}",
    double=_short,
    brackets=r"\left({}\right)",
    name=_latex_name,
    is_fraction=True,
)

PYTHON = Dialect(
    {
        **_DOUBLES,
        "floor_div": "{} // {}",
        "max": "max({})",
        "min": "min({})",
        "gcd": "gcd({})",
        "below": "int({} < 0)",
        "zero": "int({} == 0)",
        "double_below": "int({} < {})",
        "double_at_most": "int({} <= {})",
        "double_equal": "int({} == {})",
        "floor": "floor({})",
        "ceil": "ceil({})",
        "trunc": "int({})",
        "round": "round({})",
        "of_integer": "float({})",
        "ratio": "{} / {}",
        "power": "{} ** {}",
        "double_max": "max({}, {})",
        "double_min": "min({}, {})",
        "log2": "log2({})",
    },
    _ARITHMETIC - {"of_integer"} | {"floor_div"},
    " * ",
    lambda base, power: f"{base} ** {power}",
)

JAVASCRIPT = Dialect(
    {
        **_DOUBLES,
        "floor_div": "floorDiv({}, {})",
        "max": "largest({})",
        "min": "smallest({})",
        "gcd": "gcd({})",
        "below": "BigInt({} < 0n)",
        "zero": "BigInt({} === 0n)",
        "double_below": "BigInt({} < {})",
        "double_at_most": "BigInt({} <= {})",
        "double_equal": "BigInt({} === {})",
        "floor": "BigInt(Math.floor({}))",
        "ceil": "BigInt(Math.ceil({}))",
        "trunc": "BigInt(Math.trunc({}))",
        "round": "roundHalfEven({})",
        "of_integer": "Number({})",
        "ratio": "Number({}) / Number({})",
        "double_max": "Math.max({}, {})",
        "double_min": "Math.min({}, {})",
    },
    _ARITHMETIC - {"of_integer"},
    " * ",
    lambda base, power: f"{base} ** {power}n",
    number=lambda value: f"{value}n",
    is_fraction=True,
)
NOT_IN_JAVASCRIPT = {"power": "a power of a number with a fraction", "log2": "a logarithm"}
"""The kinds of steps, in words, whose last digit differs in JavaScript. Rounded down, they may give another integer."""
HELPERS = {
    "floorDiv": "const floorDiv = (a, b) => (a - ((a % b) + b) % b) / b;",
    "largest": "const largest = (...all) => all.reduce((a, b) => (a > b ? a : b));",
    "smallest": "const smallest = (...all) => all.reduce((a, b) => (a < b ? a : b));",
    "gcd": "const gcd = (a, b) => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));",
    "roundHalfEven": "const roundHalfEven = (x) => {\n"
    "  const low = Math.floor(x), above = x - low;\n"
    "  return BigInt(above < 0.5 || (above === 0.5 && low % 2 === 0) ? low : low + 1);\n"
    "};",
}
"""Functions that JavaScript lacks, by name. Its integers are BigInt, which is exact for any size."""
