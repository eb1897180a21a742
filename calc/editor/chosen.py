"""The choices on the page, converted to arguments of ``analyse``. Choices that do not fit the text are listed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from calc.analysis import Analysis, analyse
from calc.conventions import convention
from calc.counts import Counts
from calc.errors import OpError, SpecError, printable
from calc.formats import Format
from calc.model.graph import Bits, Graph
from calc.page.contents import opening_policy
from calc.page.offered import CONTEXT, PHASE, call_params, start_of_call
from calc.precision import Assigned, Assignment, Policy, resolve
from calc.precision.base import is_quantised
from calc.precision.held import written_formats
from calc.precision.kv import read_kv
from calc.precision.roles import Roles, roles_of
from calc.spec import ModelSpec
from calc.spec.phases import PHASES
from calc.spec.shelf import SUFFIXES
from calc.sweeps.axes import INPUT, read_axis
from calc.tape.trace import BATCH

_FEW = 3
"""The largest number of layers that a message names."""


class ChosenAnalysis(NamedTuple):
    """The analysis for the choices. ``dropped`` lists the choices that were ignored, each with its reason."""

    analysis: Analysis
    dropped: tuple[str, ...]


class _Controls(NamedTuple):
    params: dict[str, Any]
    sizes: dict[str, tuple[int, ...]]
    batch: int


class OwnBits(NamedTuple):
    """``policy``, with other ``bits`` for single layers: those of the weights and those of the activations.

    If the weights of a layer cannot be quantised, they keep the bits that the policy gives them, as on the page.
    """

    policy: Policy
    bits: Mapping[str, tuple[int, int]]

    @property
    def name(self) -> str:
        return self.policy.name

    @property
    def roles(self) -> Roles | None:
        return roles_of(self.policy)

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        return written_formats(self.policy, graph, counts)

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        given = self.policy.assign(graph, counts)
        return tuple([self._own(*of_layer) for of_layer in zip(graph.nodes, counts, given, strict=True)])

    def _own(self, node: Any, counts: Counts, given: Assigned | None) -> Assigned | None:
        if given is None or node.name not in self.bits:
            return given
        weight, activation = self.bits[node.name]
        return Assigned(Bits(weight if is_quantised(counts) else given.bits.weight, activation), "chosen")


def chosen_analysis(asked: Mapping[str, Any], model: ModelSpec) -> ChosenAnalysis:
    """Return ``model`` with the choices in ``asked``.

    Choices that no longer fit the text are dropped, because the text changes while the user types. Raises SpecError or
    OpError if the text or the policy itself is invalid.
    """
    dropped: list[str] = []
    controls = _controls(asked["controls"], model, dropped)
    policy = resolve(opening_policy(model, controls.params))
    with _named("bits", dropped):
        policy = _policy(asked["bits"]) if asked["bits"] else policy
    own = {name: (weights, activations) for name, (weights, activations) in asked["layers"].items()}
    kv = counter = None
    with _named("keys and values", dropped):
        kv = asked["kv"] if asked["kv"] and read_kv(asked["kv"]) else None
    with _named("beside MACs", dropped):
        counter = convention(asked["counter"]).name if asked["counter"] else None

    def at(controls: _Controls, kv: str | None) -> Analysis:
        bits = OwnBits(policy, own) if own else policy
        return analyse(
            model, controls.params, controls.sizes or None, bits=bits, batch=controls.batch,
            deployed=asked["deployed"], kv=kv, count_as=counter,
        )  # fmt: skip

    try:
        found = at(controls, kv)
    except (SpecError, OpError) as error:
        if not (controls.params or controls.sizes or kv):
            raise
        found = at(_Controls({}, {}, controls.batch), None)
        dropped.append(printable(str(error).partition("\n")[0]))
    return ChosenAnalysis(found, (*dropped, *_without_bits(found, own)))


def _controls(labels: Mapping[str, str], model: ModelSpec, dropped: list[str]) -> _Controls:
    """Return the values of the page's controls. Controls that ``model`` does not accept are added to ``dropped``."""
    found = _Controls({}, {}, 1)
    start = start_of_call(model, {})
    call: dict[str, Any] = {}
    for name, label in labels.items():
        with _named(f"{name}={label}", dropped):
            if name == PHASE and name in start:
                call[name] = _phase(label)
            elif name == CONTEXT and name in start:
                call[name] = _count(name, label, model)
            elif name == BATCH and name not in model.parameters:
                found = found._replace(batch=_count(name, label, model))
            elif name in model.parameters:
                found.params[name] = _one(name, label, model)
            else:
                value = _one(name, label, model)
                found.sizes[name.removeprefix(INPUT).removeprefix(".") or next(iter(model.inputs))] = value
    if call:
        with _named(", ".join([f"{name}={value}" for name, value in call.items()]), dropped):
            found.params.update(call_params(model, start_of_call(model, found.params) | call))
    return found


def _phase(label: str) -> str:
    if label not in PHASES:
        raise OpError(f"must be {' or '.join(PHASES)}")
    return label


def _count(name: str, label: str, model: ModelSpec) -> int:
    value = _one(name, label, model, name)
    if type(value) is not int or value < 1:
        raise OpError("must be a whole number from 1 on")
    return value


def _one(name: str, label: str, model: ModelSpec, *more: str) -> Any:
    """Return the single value in ``label``. ``more`` has names that are allowed in addition to params and inputs."""
    values = read_axis(f"{name}={label}", model, more).values
    if len(values) != 1:
        raise OpError(f"{len(values):,} values, where one is chosen")
    return values[0]


def _policy(name: str) -> Policy:
    """Return the policy of this name. Names of files are refused, so that no file is read."""
    if "/" in name or any(ending in name for ending in SUFFIXES):
        raise OpError(f"{name[:60]!r} is not the name of a policy", "a file of rules is given to calc run --bits")
    return resolve(name)


@contextmanager
def _named(what: str, dropped: list[str]) -> Iterator[None]:
    """A context that adds an error raised within it to ``dropped``."""
    try:
        yield
    except SpecError as error:
        dropped.append(printable(f"{what[:80]}: {error.problems[0].fact}"))
    except OpError as error:
        dropped.append(printable(f"{what[:80]}: {error.fact}"))


def _without_bits(analysis: Analysis, own: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return one message for the layers in ``own`` that the network does not have or that have no bits."""
    rows = zip(analysis.graph.nodes, analysis.assigned, strict=True)
    have = {node.name for node, row in rows if row is not None} if own else set()
    without = [name[:80] for name in own if name not in have]
    if not without:
        return []
    more = f", … ({len(without):,} layers)" if len(without) > _FEW else ""
    return [printable(f"bits of {', '.join(without[:_FEW])}{more}: no layer with MACs is called so")]
