"""Tests whether a spec equals the network that it was imported from at other input sizes too, by trying two more."""

from collections.abc import Callable

from calc.errors import OpError, SpecError
from calc.model.graph import Graph
from calc.model.inputs import input_option
from calc.spec import expand, loads
from calc.spec.model import ModelSpec
from calc.spec.write import longer_on_one_axis, only_at, other_sizes

_LONGER = ((2).__mul__, (3).__mul__)
_MOST_NAMED = 3


def holds_only(own: Graph, text: str, differs: Callable[[Graph], str]) -> str:
    """Return the sizes at which the spec ``text`` of ``own`` holds and those at which it differs; empty if it never
    does.

    Example: ``holds at 3x64x64, and not at 3x128x128, where the module differs in head``. ``differs`` compares the
    spec's graph at other sizes. The test uses inputs that are twice as long, or three times if the spec takes no such
    inputs, and then longer by one. If it takes none of these, it uses inputs that are twice as long on one axis.
    """
    if only_at(own, text):
        return ""
    model = loads(text, "<written>")
    holds = [input_option(own.input_sizes)]
    longer = next((graph for change in _LONGER if (graph := _at(model, own, change))), None)
    by_one = _at(model, own, (1).__add__)
    found = [graph for graph in (longer, by_one) if graph is not None]
    for graph in found or longer_on_one_axis(own, model, _LONGER[0]):
        sizes = input_option(graph.input_sizes)
        fact = differs(graph)
        if fact:
            return f"holds at {' and '.join(holds)}, and not at {sizes}, where {fact}"
        holds.append(sizes)
    return ""


def first_few(names: list[str]) -> str:
    """Return the first few of ``names``, and the number of others."""
    several = list(dict.fromkeys(names))
    more = len(several) - _MOST_NAMED
    return ", ".join(several[:_MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def _at(model: ModelSpec, own: Graph, change: Callable[[int], int]) -> Graph | None:
    """Return the network of ``model`` at changed input sizes; None if it does not take them, or if no size changes."""
    sizes = other_sizes(own, change)
    if sizes == own.input_sizes:
        return None
    try:
        return expand(model, input=sizes, max_layers=len(own.nodes))
    except (SpecError, OpError):
        return None
