"""Compares formulas, run as they are printed, with the counts of the engine at random points."""

from collections.abc import Mapping
from random import Random

from calc.analysis import Analysis
from calc.tape.atoms import Number
from calc.tape.checked import Question, analysis_at, is_sum
from calc.tape.tape import Tape
from calc.tape.trace import block_named, total_named
from calc.tape.written import run_as_written


def wrong_points(
    question: Question, tape: Tape, points: int, style: str = "python", by: str = "total"
) -> tuple[list[str], int]:
    """Messages for the differences at ``points`` random points within the ranges, and the number of points tried.

    The formulas are run in the language ``style``. Points that violate a condition are not tried. ``by`` says whether
    the outputs of ``tape`` are totals, blocks or layers; of blocks the sums are compared.
    """
    drawn = _drawn_points(tape, points)
    wrong = []
    for at, given in zip(drawn, run_as_written(tape, style, drawn), strict=True):
        where = ", ".join([f"{each} {number}" for each, number in at.items()])
        for label, (value, counted) in _pairs(question, given, analysis_at(question, at), by).items():
            if value != counted:
                wrong.append(f"at {where}: {label} is {counted:,}, the formula gives {value:,}")
    return wrong, len(drawn)


def _drawn_points(tape: Tape, points: int) -> list[dict[str, Number]]:
    random = Random(0)
    found: list[dict[str, Number]] = []
    for _ in range(100 * points):
        at = {name: _drawn(random, *bounds) for name, bounds in tape.holds_for.items()}
        if tape.at(at) is not None:
            found.append(at)
        if len(found) == points:
            break
    return found


def _drawn(random: Random, low: Number, high: Number) -> Number:
    if isinstance(low, float):
        return min(max(round(random.uniform(low, high), 3), low), high)
    return random.randint(int(low), int(high))


def _pairs(
    question: Question, given: Mapping[str, int], analysis: Analysis, by: str
) -> dict[str, tuple[int, int | float]]:
    """Return the values of the formulas and of the engine, by their labels."""
    labels = dict.fromkeys([label.partition(" ")[0] for label in given])
    found: dict[str, tuple[int, int | float]] = {}
    for name, label in zip(question.wanted, labels, strict=True):
        total = total_named(name)
        of_parts = {part: value for part, value in given.items() if part.startswith(f"{label} ")}
        if by == "layer" and total.of_layer is not None:
            for layer in analysis.layers:
                part = block_named(label, layer.name)
                found[part] = of_parts[part], total.of_layer(layer)
        elif by == "total" or is_sum(name):
            value = given[label] if by == "total" else sum(of_parts.values())
            found[label] = value, total.total(analysis.totals)
    return found
