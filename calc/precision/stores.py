"""Reads ``stores:`` of a precision file: a format for each role, or the name of a choice of them.

stores: llm
stores: {default: llm, weights: int4g128, norms: fp32, activations: 8}
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError, Place, Problem, choice_of, nearest
from calc.formats import Format, format_named
from calc.model.graph import Graph
from calc.precision.base import Assignment, is_quantised
from calc.precision.heads import heads_of
from calc.precision.roles import DEFAULTS, PAPER, Roles, roles_named
from calc.precision.routers import routers_of
from calc.spec import source
from calc.spec.keys import text_of, unknown_keys

HELD = {"biases": "bias", "norms": "norm", "embeddings": "embedding", "state": "state"}
"""The roles of tensors that no layer multiplies, with the role that a tensor has in the model."""
ROLES = ("weights", "head", "router", *HELD, "not_run", "activations")


class Stores(NamedTuple):
    """The statements of a precision file on roles.

    ``weights`` and ``activations`` are for layers that no rule is about.

    ``places`` has the place of each role in the file.
    """

    roles: Roles
    weights: Format | None = None
    activations: Format | None = None
    places: tuple[tuple[str, Place], ...] = ()

    def idle(self, graph: Graph, counts: Sequence[Counts]) -> list[Problem]:
        """Return a problem for each role that nothing in ``graph`` has."""
        there = {
            "weights": any(map(is_quantised, counts)),
            "head": bool(heads_of(graph, counts)),
            "router": bool(routers_of(graph, counts)),
            "activations": any(row.products for row in counts),
            **_are_held(counts),
        }
        return [
            Problem(place, f"stores: {role}: nothing in {graph.model} has this role", f"remove it; {_MEANINGS[role]}")
            for role, place in self.places
            if not there[role]
        ]


def _are_held(counts: Sequence[Counts]) -> dict[str, bool]:
    """Return, for each role of tensors that no layer multiplies, whether some tensor has it."""
    held = {tensor.role for row in counts for tensor in row.held if not (row.products and tensor.role == "weight")}
    held |= {tensor.role for row in counts for tensor in row.states}
    return {**{role: word in held for role, word in HELD.items()}, "not_run": "weight" in held}


_MEANINGS = {
    "weights": "weights are used in MACs",
    "head": "a head is a layer with weights from which an output comes without a norm, a sum or the like between",
    "router": "a router is a layer with weights that scores experts",
    "biases": "biases are added to a product",
    "norms": "norms are those of norms, scales and slopes",
    "embeddings": "embeddings are tables, learnt tokens and positions",
    "state": "a state lives from call to call",
    "not_run": "weights that are not run are those of training_only layers",
    "activations": "activations are what layers with MACs read",
}


def stores_text(roles: Roles, counts: Sequence[Counts], assigned: Assignment) -> str:
    """Return the ``stores:`` of a precision file whose rules give each layer with MACs the bits ``assigned``.

    It is the named choice with the fewest exceptions. ``roles`` must have a format for each role.
    """
    there = [role for role, is_there in _are_held(counts).items() if is_there]
    found: list[tuple[str, dict[str, str]]] = []
    for name in DEFAULTS:
        beside = roles_named(name).beside(assigned)
        own = {role: getattr(roles, role).name for role in there if getattr(roles, role) != getattr(beside, role)}
        if roles.activations != beside.activations:
            own["activations"] = str(roles.activations)
        found.append((name, own))
    name, own = min(found, key=lambda each: ("activations" in each[1], len(each[1])))
    return f"{{{', '.join([f'{role}: {text}' for role, text in ({'default': name} | own).items()])}}}" if own else name


def read_stores(value: source.Value, problems: list[Problem]) -> Stores | None:
    """Return the content of ``value``. Its problems are added to ``problems``."""
    if isinstance(value, source.Scalar):
        named = _default(value, problems)
        return named and Stores(named)
    if not isinstance(value, source.Mapping):
        problems.append(Problem(value.place, f"stores: must be {', '.join(DEFAULTS)}, or a format for each role"))
        return None
    problems += unknown_keys(value, ("default", *ROLES))
    entries = value.entries
    beside = _default(entries["default"], problems) if "default" in entries else PAPER
    found = {role: _format(role, entries[role], problems) for role in ROLES if role in entries}
    if beside is None or None in found.values():
        return None
    given = {role: stored for role, stored in found.items() if stored is not None}
    activations = given.get("activations")
    roles = Roles(
        PurePath(value.file).name,
        biases=given.get("biases", beside.biases),
        norms=given.get("norms", beside.norms),
        embeddings=given.get("embeddings", beside.embeddings),
        head=given.get("head", beside.head),
        router=given.get("router", beside.router),
        dense=beside.dense,
        not_run=given.get("not_run", beside.not_run),
        state=given.get("state", beside.state),
        activations=beside.activations if activations is None else activations.code_bits,
    )
    places = tuple([(role, value.key(role).place) for role in given])
    return Stores(roles, given.get("weights"), activations, places)


def _default(value: source.Value, problems: list[Problem]) -> Roles | None:
    name = value.text if isinstance(value, source.Scalar) else ""
    if name in DEFAULTS:
        return roles_named(name)
    problems.append(Problem(value.place, f"stores: must be {choice_of(DEFAULTS)}", nearest(name, DEFAULTS, listed=())))
    return None


def _format(role: str, value: source.Value, problems: list[Problem]) -> Format | None:
    try:
        found = format_named(text_of(value, role))
        if role == "activations" and not found.takes_activations:
            raise OpError(f"{found.name} is a format for weights only, not for activations")
    except OpError as error:
        problems.append(Problem(value.place, f"stores: {role}: {error.fact}", error.hint))
        return None
    return found
