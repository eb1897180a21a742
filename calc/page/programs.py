"""A network as programs that the page runs: one recording of the engine for each structure among the offered values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.conventions import counted
from calc.deploy import deploy
from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.page.chosen_bits import ChosenBits
from calc.page.columns import LayerColumn, Row, page_rows, with_kept
from calc.page.facts import Outputs, PageLayers, RowFacts, facts_of, layers_of
from calc.page.offered import call_params
from calc.precision import Policy, resolve
from calc.precision.kv import read_kv
from calc.precision.roles import roles_of
from calc.recorded import value_of
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.tape import Tape, Variable
from calc.tape.atoms import Number
from calc.tape.recording import Recording
from calc.tape.tape import tape_of
from calc.tape.trace import recorded, taken_samples
from calc.workload import workload

NARROWEST, WIDEST = 1, 32
"""The range of bits that the page offers."""
USUAL_BITS = 8


class Mode(NamedTuple):
    """The properties that need a separate program: whether the network is ``deployed``, and whether bits are ``free``.

    Free bits are variables of each layer. ``fixed`` has the params that are not numbers.
    """

    deployed: bool
    free: bool
    fixed: FrozenDict[str, Any] = FrozenDict()


class ProgramVariant(NamedTuple):
    """A policy, or None for free bits, and the format of keys and values, or an empty text for the policy's own.

    ``refused`` says why the variant does not fit the network. It is empty if it fits.
    """

    policy: str | None
    kv: str
    refused: str = ""


class Program(NamedTuple):
    """A program of the page. ``rows`` has the facts of layers, and ``row_of`` the place of each layer's facts in it.

    ``check`` is a tape with the same guards. Its outputs are the integers of which the program takes logarithms and the
    doubles of which it takes powers, by name; ``exponents`` has the exponents of these powers. ``settings`` has the
    bits of the layers with MACs under each policy.
    """

    mode: Mode
    tape: Tape
    check: Tape
    variants: tuple[ProgramVariant, ...]
    layers: PageLayers
    rows: tuple[RowFacts, ...]
    row_of: tuple[int, ...]
    settings: Mapping[str, tuple[tuple[int, int] | None, ...]]
    exponents: Mapping[str, float] = FrozenDict()


class Traceable(NamedTuple):
    """The network that is recorded, with the options that are the same for all programs of a page.

    ``settings`` are the policies that only set plain bits, ``policies`` all others, and ``kv`` the formats of keys and
    values.
    """

    model: ModelSpec
    variables: Sequence[Variable]
    params: Mapping[str, Any]
    sizes: Mapping[str, tuple[int | str, ...]]
    settings: Sequence[str]
    policies: Sequence[str]
    kv: Sequence[str]
    counters: Sequence[str]
    columns: Sequence[LayerColumn]


def program(subject: Traceable, mode: Mode, at: Mapping[str, Number]) -> Program:
    """Record the program that applies at and around the point ``at``. Raises the errors of the engine at that point."""
    recording = Recording()
    bounds = dict(subject.variables)
    numbers: dict[str, Any] = {each.name: recorded(recording, each, at[each.name]) for each in subject.variables}
    samples = taken_samples(subject.model, numbers, 1)
    sizes = {
        name: tuple([numbers[size] if isinstance(size, str) else size for size in each])
        for name, each in subject.sizes.items()
    }
    given = {**subject.params, **call_params(subject.model, {**mode.fixed, **numbers})}
    unassigned = unassigned_analysis(subject.model, given, sizes, mode.deployed, samples)

    def variable(name: str) -> Any:
        bounds[name] = NARROWEST, WIDEST
        return recorded(recording, Variable(name, bounds[name]), USUAL_BITS)

    own: list[Policy | str] = [ChosenBits(variable)] if mode.free else list(subject.policies)
    asked = [(policy, kv) for policy in own for kv in subject.kv]
    rows = _of_variants(unassigned, asked, subject.counters)
    outputs = Outputs()
    counted_rows = [each for each in rows if not isinstance(each, str)]
    facts, row_of = facts_of(counted_rows, _spread(rows), subject.columns, outputs)
    variants = [
        ProgramVariant(policy if isinstance(policy, str) else None, kv, each if isinstance(each, str) else "")
        for (policy, kv), each in zip(asked, rows, strict=True)
    ]
    settings = {name: _setting(unassigned, resolve(name)) for name in subject.settings} if mode.free else {}
    logarithms = {f"log2 {at}": step.arguments[0] for at, step in enumerate(recording.steps) if step.kind == "log2"}
    powers = {f"power {at}": step.arguments for at, step in enumerate(recording.steps) if step.kind == "power"}
    return Program(
        mode,
        tape_of(recording, outputs.integers, bounds, outputs.doubles),
        tape_of(recording, logarithms, bounds, {name: base for name, (base, _) in powers.items()}),
        tuple(variants),
        layers_of(unassigned),
        facts,
        row_of,
        settings,
        {name: exponent.value for name, (_, exponent) in powers.items()},
    )


def constant_program(analysis: Analysis, columns: Sequence[LayerColumn]) -> Program:
    """Return the counts of ``analysis`` as a program without variables."""
    outputs, recording = Outputs(), Recording()
    under = {} if analysis.counted is None else {analysis.counted.convention.name: analysis.counted}
    facts, row_of = facts_of([page_rows(analysis, under)], tuple, columns, outputs)
    tape = tape_of(recording, outputs.integers, {}, outputs.doubles)
    variants = (ProgramVariant(analysis.policy, ""),)
    return Program(Mode(False, False), tape, tape, variants, layers_of(analysis), facts, row_of, {})


def _of_variants(
    unassigned: Analysis, asked: Sequence[tuple[Policy | str, str]], counters: Sequence[str]
) -> list[list[Row] | str]:
    """Return the rows under each policy and format of keys and values, or the reason why it does not fit.

    Raises the last of these errors if none fits.
    """
    under = {name: counted(name, unassigned.workload) for name in counters}
    found: list[list[Row] | str] = []
    of_policy: dict[Policy | str, list[Row]] = {}
    for policy, kv in asked:
        try:
            at_bits = replace(unassigned, kv=read_kv(kv) if kv else None).with_bits(policy)
            if policy not in of_policy:
                of_policy[policy] = page_rows(at_bits, under)
            found.append(with_kept(of_policy[policy], at_bits) if kv else of_policy[policy])
        except (SpecError, OpError) as error:
            last = error
            found.append(first_line(error))
    if all(isinstance(each, str) for each in found):
        raise last
    return found


def _spread(rows: Sequence[list[Row] | str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function that puts the values of the variants that fit at their places, with None for the others."""

    def spread(values: Sequence[Any]) -> tuple[Any, ...]:
        left = iter(values)
        return tuple([None if isinstance(each, str) else next(left) for each in rows])

    return spread


def first_line(error: Exception) -> str:
    """Return the first line of an error, which has no hint."""
    return str(error).partition("\n")[0]


def _setting(unassigned: Analysis, policy: Policy) -> tuple[tuple[int, int] | None, ...]:
    """Return the bits of weights and activations that ``policy`` gives each layer."""
    given = unassigned.with_bits(policy).assigned[len(unassigned.graph.inputs) :]
    return tuple([None if row is None else (value_of(row.bits.weight), value_of(row.bits.activation)) for row in given])


def is_setting(unassigned: Analysis, policy: Policy) -> bool:
    """Return True if ``policy`` only gives layers with MACs plain bits that the page offers."""
    found = unassigned.with_bits(policy)
    bits = [row.bits for row in found.assigned if row is not None]
    return (
        roles_of(policy) is None
        and not found.held
        and not any(row.parts for row in found.assigned if row is not None)
        and all(each.format is None and max(each.weight, each.activation) <= WIDEST for each in bits)
    )


def unassigned_analysis(
    model: ModelSpec, params: Mapping[str, Any], sizes: Mapping[str, tuple[Any, ...]], deployed: bool, batch: Any
) -> Analysis:
    """Return the counts of a network without bits. Its sizes may be recorded numbers."""
    graph = expand(model, params, dict(sizes))
    return Analysis(
        workload=workload(deploy(graph) if deployed else graph, batch), policy="", activations="same",
        bitops_convention="weight", assigned=(), original=graph if deployed else None,
    )  # fmt: skip
