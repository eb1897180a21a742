"""Expands a spec into a Graph, in one walk with params and input sizes."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from calc.errors import OpError
from calc.model.graph import Graph
from calc.spec.budget import WorkBudget
from calc.spec.given import InputSizes, given_params, given_sizes, sizes_by_input
from calc.spec.model import ModelSpec
from calc.spec.phases import PAST
from calc.spec.scopes import top_scope
from calc.spec.walk import Walk


def expand(
    model: ModelSpec,
    params: Mapping[str, Any] | None = None,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    max_layers: int | None = None,
) -> Graph:
    """Return the graph of ``model`` with ``params`` in place of its defaults, at the sizes of ``input`` (without the
    batch).

    If there are several inputs, give the ones that differ from the spec by name: ``{"image": (3, 96, 96)}``.
    ``max_layers`` replaces the default limit: 10,000 layers, or one for each value in the spec if that is more. Raises
    SpecError with every problem of the walk, OpError for arguments of a wrong type.
    """
    if not isinstance(model, ModelSpec):
        raise OpError(f"{model!r:.60} is not a spec", "load(...) returns one")
    sizes = sizes_by_input(model, given_sizes(input))
    graph = Walk(model, given_params(params), WorkBudget(model.written, max_layers)).run(sizes)
    if PAST not in model.parameters:
        return graph
    return replace(graph, at_other_context=partial(_at_other_context, model, dict(params or {}), input, max_layers))


def _at_other_context(
    model: ModelSpec,
    params: Mapping[str, Any],
    input: InputSizes | None,  # noqa: A002  # the word of the language
    max_layers: int | None,
) -> Graph:
    """Return the graph for one past token fewer, or for one past token if there are none. Raises SpecError."""
    past = top_scope(model, params)[PAST]
    return expand(model, {**params, PAST: past - 1 if past else 1}, input, max_layers)
