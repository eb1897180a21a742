"""The totals and the condition that a sweep is asked for by name."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from calc.errors import OpError, nearest
from calc.quantities import ELEMENTWISE, Quantity, Totals, quantities
from calc.sweeps.axes import INPUT, list_position
from calc.sweeps.conditions import Condition
from calc.sweeps.exact import ExactNumbers, exact_column
from calc.sweeps.grid import Grid
from calc.tape.trace import is_named, total_named


def checked_totals(names: Sequence[str], option: str) -> tuple[str, ...]:
    """Return ``names``, if all of them are totals. Raises OpError that suggests the nearest name."""
    for name in names:
        if not is_named(name):
            raise OpError(f"{option}: unknown quantity {name[:60]!r}", nearest(name, [*_known(), f"{ELEMENTWISE}KIND"]))
    return tuple(names)


def totals_told(names: Sequence[str]) -> tuple[Quantity, ...]:
    """Return the totals called ``names``, in the order of reports. Elements of a single kind come last."""
    kinds = [total_named(name) for name in dict.fromkeys(names) if name.startswith(ELEMENTWISE)]
    return tuple([each for each in quantities() if each.name in names] + kinds)


def read_condition(text: str, grid: Grid, params: Collection[str] = ()) -> Condition:
    """Read the condition that a point must satisfy. It may use totals and numeric axes of the grid.

    ``params`` are the names of the params of the spec. Raises OpError if the text is not a condition.
    """
    axes = [axis for axis in grid.axes if list_position(axis.name) is None]
    numbers = [axis.name for axis in axes if set(map(type, axis.values)) <= {int, float}]
    others = [axis.name for axis in grid.axes if axis.name not in numbers] + [INPUT, "bits", "error"]
    return Condition(text, sorted({*_known(), *numbers}), others, params)


def columns_of_condition(where: Condition, grid: Grid) -> dict[str, ExactNumbers]:
    """Return the values of the axes that ``where`` uses, by name."""
    return {axis.name: exact_column(axis.values) for axis in grid.axes if axis.name in where.names - _totals(where)}


def values_of_condition(where: Condition, params: Mapping[str, Any], totals: Totals) -> dict[str, Any]:
    """Return the values that ``where`` uses, by name, at one point."""
    of_totals = _totals(where)
    return {name: total_named(name).total(totals) if name in of_totals else params[name] for name in where.names}


def _totals(where: Condition) -> set[str]:
    """Return the names in the condition that are totals, even if an axis has the same name."""
    return {name for name in where.names if is_named(name)}


def _known() -> list[str]:
    return [each.name for each in quantities()]
