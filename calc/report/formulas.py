"""Formulas as text or as code, with the ranges and conditions for which they are exact."""

from collections.abc import Collection

from calc.tape import Tape
from calc.tape.atoms import Bounds
from calc.tape.formulas import (
    block_lines,
    broken,
    conditions_stated,
    javascript_source,
    latex_source,
    python_source,
    read_in_conditions,
    text_lines,
)


def formula_text(tape: Tape, of: str, style: str) -> str:
    """Return the formulas of ``tape`` in the format ``style``, below a line with the ranges for which they are exact.

    ``of`` names what the formulas are of.
    """
    said = f"{of}: exact for {_ranges(tape)}"
    held = [f"where {condition}" for condition in conditions_stated(tape)]
    if style == "text":
        lines = [line for each in text_lines(tape) for line in broken(each)]
        return "\n".join([said, *[f"  {each}" for each in held], "", *lines]) + "\n"
    mark, code = {
        "python": ("#", python_source),
        "latex": ("%", latex_source),
        "javascript": ("//", javascript_source),
    }[style]
    return "\n".join([*[f"{mark} {line}" for line in (said, *held)], code(tape)])


def block_text(tape: Tape, of: str, by: str, sums: Collection[str]) -> str:
    """Return a row for each block or layer with the parts that it adds to the totals, below the ranges and conditions.

    ``sums`` has the names of the totals to which these parts add up.
    """
    held = [f"  where {condition}" for condition in conditions_stated(tape)]
    return "\n".join([f"{of}, by {by}: exact for {_ranges(tape)}", *held, "", *block_lines(tape, sums)]) + "\n"


def unread_lines(tape: Tape) -> list[str]:
    """Return a line for each variable that is not in the formulas of ``tape``.

    It says if the formulas are exact for all values of the variable.
    """
    in_conditions = read_in_conditions(tape)
    lines = []
    for name in tape.variables:
        low, high = tape.holds_for[name]
        if name in tape.read:
            continue
        if low == high:
            lines.append(f"{name} is not in the formula, which is exact for {name} = {low:,} alone")
        elif name in in_conditions:
            lines.append(f"{name} is not in the formula, but in a condition under which it is exact")
        else:
            lines.append(f"nothing here depends on {name}")
    return lines


def _ranges(tape: Tape) -> str:
    ranges = [f"{name} from {_shown(bounds)}" for name, bounds in tape.holds_for.items()]
    return " and ".join([", ".join(ranges[:-1]), ranges[-1]] if len(ranges) > 1 else ranges)


def _shown(bounds: Bounds) -> str:
    low, high = bounds
    return f"{low:,} to {high:,}" if low != high else f"{low:,} alone"
