"""Choices in a large space of structures that make the network invalid, found before every network is tried."""

from collections.abc import Sequence
from itertools import islice

from calc.errors import OpError, SpecError, number_of
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.sweeps.axes import Axis, list_position
from calc.sweeps.grid import one_changed
from calc.sweeps.job import SweepJob, size_of

_MOST_TRIED = 200
"""The largest number of networks that are tried."""


def failing_choices(job: SweepJob, model: ModelSpec) -> list[str]:
    """Return the choices that turn the first network of the grid into an invalid one, with the reason, one line each.

    If a list is varied by position, the first position where a value fails stands for the others.
    """
    axes = job.grid.axes
    first, *others = islice(one_changed([_choices(axis) for axis in axes]), _MOST_TRIED)
    if not others or _refusal(job, model, first):
        return []
    found: dict[tuple[str, str], list[str]] = {}
    for places in others:
        if reason := _refusal(job, model, places):
            axis, at = next((axis, at) for axis, at, was in zip(axes, places, first, strict=True) if at != was)
            given, position = axis.values[at], list_position(axis.name)
            value = f"[{', '.join(map(str, given))}]" if type(given) is tuple else str(given)
            name = axis.name if position is None else position[0]
            found.setdefault((name, value), []).append(f"{axis.name}={value}: {reason}")
    return [
        line + (f"; and so at {number_of(len(more), 'more position')}" if more else "")
        for line, *more in found.values()
    ]


def _choices(axis: Axis) -> Sequence[int]:
    """Return the places of the values to try. Of numbers only the first is tried."""
    return [0] if set(map(type, axis.values)) <= {int, float} else range(len(axis.values))


def _refusal(job: SweepJob, model: ModelSpec, places: Sequence[int]) -> str:
    """Return the reason why the network is invalid, or an empty text if it is valid."""
    network = job.grid.network_at(places)
    try:
        expand(model, network.params, size_of(job, model, network))
    except (SpecError, OpError) as error:
        return str(error).partition("\n")[0]
    return ""
