"""Numbers for people: exact with thousands separators, or short with K, M, G, T, P, E (powers of 1000)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_UNITS = ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))


AT_LEAST = "at least "
"""The words before a total that is a lower bound."""
FROM = "≥ "
"""The sign before such a total if there is little room."""


def exact(value: "int | float | Fraction") -> str:
    """Return ``10,838,016``. A number that is not an integer is rounded to one."""
    return f"{round(value):,}"


def short(value: "int | float | Fraction") -> str:
    """Return ``10.8 M``: three digits in the largest unit that gives at least 1.00. Small numbers have no unit."""
    for size, unit in _UNITS:
        if 2000 * value >= 1999 * size:  # 999,500 is 1.00 M, not 1000 K
            scaled = float(value / size)
            decimals = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return f"{scaled:.{decimals}f} {unit}"
    return exact(value)


def short_bytes(value: int) -> str:
    """Return ``2.01 MB`` or ``64 B``, in powers of 1000."""
    text = short(value)
    return f"{text}B" if " " in text else f"{text} B"


def digits_of(value: "Fraction") -> str:
    """Return ``12.3`` or ``0.00123``: three digits without a power of ten. Numbers from 1,000 on are integers."""
    if value >= 1000:
        return exact(value)
    text = f"{float(value):#.3g}"
    return f"{float(text):.15f}".rstrip("0") if "e" in text else text.rstrip(".")


def seconds(value: "Fraction") -> str:
    """Return ``4.81 ms``: three digits in the largest unit that gives at least 1."""
    for size, unit in ((1, "s"), (10**3, "ms"), (10**6, "µs"), (10**9, "ns")):
        if value * size >= 1:
            return f"{digits_of(value * size)} {unit}"
    return f"{digits_of(value * 10**12)} ps" if value else "0 s"


def share(part: int | float, whole: int | float) -> float:
    """Return ``part`` in percent of ``whole``; 0 if ``whole`` is 0."""
    return 100 * part / whole if whole else 0.0
