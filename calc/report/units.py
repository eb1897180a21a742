"""Numbers for reading: exact with thousands separators, or short with K, M, G, T, P, E (powers of 1000)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_UNITS = ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))


AT_LEAST = "at least "
"""Before a total that is a lower bound."""
FROM = "≥ "
"""The same where there is little room."""


def exact(value: "int | float | Fraction") -> str:
    """``10,838,016``; what is no integer is rounded to one."""
    return f"{round(value):,}"


def short(value: "int | float | Fraction") -> str:
    """``10.8 M``: three digits of the largest unit that gives at least 1.00; small numbers as they are."""
    for size, unit in _UNITS:
        if 2000 * value >= 1999 * size:  # 999,500 is 1.00 M, not 1000 K
            scaled = float(value / size)
            decimals = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return f"{scaled:.{decimals}f} {unit}"
    return exact(value)


def short_bytes(value: int) -> str:
    """``2.01 MB``, ``64 B``: powers of 1000."""
    text = short(value)
    return f"{text}B" if " " in text else f"{text} B"


def digits_of(value: "Fraction") -> str:
    """``12.3``, ``0.00123``: three digits and no power of ten; from 1,000 on as a whole number."""
    if value >= 1000:
        return exact(value)
    text = f"{float(value):#.3g}"
    return f"{float(text):.15f}".rstrip("0") if "e" in text else text.rstrip(".")


def seconds(value: "Fraction") -> str:
    """``4.81 ms``: three digits of the largest unit that gives at least 1."""
    for size, unit in ((1, "s"), (10**3, "ms"), (10**6, "µs"), (10**9, "ns")):
        if value * size >= 1:
            return f"{digits_of(value * size)} {unit}"
    return f"{digits_of(value * 10**12)} ps" if value else "0 s"


def share(part: int | float, whole: int | float) -> float:
    """``part`` as percent of ``whole``; 0 of nothing is 0."""
    return 100 * part / whole if whole else 0.0
