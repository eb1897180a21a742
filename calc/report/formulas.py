"""Formulas as text, with the ranges and conditions for which they are exact; or as code."""

from calc.tape import Tape
from calc.tape.atoms import Bounds
from calc.tape.formulas import (
    block_lines,
    broken,
    conditions_stated,
    javascript_source,
    latex_source,
    python_source,
    text_lines,
)


def formula_text(tape: Tape, name: str, bits: str, style: str) -> str:
    """The formulas of ``tape`` in the format ``style``, for which they hold stands above them."""
    at_bits = any("@" in output for output in tape.outputs)
    of = f"{name} at {bits}" if at_bits else name
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


def block_text(tape: Tape, name: str, bits: str) -> str:
    """What each block adds to the totals, a row a block, in the ranges and under the conditions that stand above."""
    at_bits = any("@" in output for output in tape.outputs)
    of = f"{name} at {bits}" if at_bits else name
    held = [f"  where {condition}" for condition in conditions_stated(tape)]
    return "\n".join([f"{of}, by block: exact for {_ranges(tape)}", *held, "", *block_lines(tape)]) + "\n"


def _ranges(tape: Tape) -> str:
    ranges = [f"{name} from {_shown(bounds)}" for name, bounds in tape.holds_for.items()]
    return " and ".join([", ".join(ranges[:-1]), ranges[-1]] if len(ranges) > 1 else ranges)


def _shown(bounds: Bounds) -> str:
    low, high = bounds
    return f"{low:,} to {high:,}" if low != high else f"{low:,} alone"
