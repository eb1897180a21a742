"""The data of a page: its controls, its columns and totals, and the programs that compute them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.bitops import CONVENTIONS
from calc.conventions import convention, convention_names
from calc.errors import OpError, SpecError
from calc.page.all_programs import all_programs
from calc.page.columns import BITOPS, LayerColumn, columns, page_totals
from calc.page.encoded import encoded, json_number
from calc.page.offered import Control, offer
from calc.page.programs import Mode, Traceable, constant_program, is_setting, unassigned_analysis
from calc.precision import resolve
from calc.precision.kv import read_kv
from calc.spec import ModelSpec
from calc.spec.phases import call_of
from calc.sweeps.axes import Axis

USUAL_POLICIES = ("8", "w4a8", "4", "2", "16", "32", "adaptive")
USUAL_OF_LANGUAGE = ("bf16", "fp8", "int8", "q8_0", "q4_0", "int4g128")
"""The formats in which language models are usually published."""
USUAL_KV = ("fp16", "fp8", "int8", "q8_0", "q4_0")
"""The formats in which runtimes usually store keys and values."""
OWN_CONVENTION = "macs"
"""The convention of the engine itself, which every page shows."""
MANY_LAYERS = 300
"""The page of a network with more layers opens with the list of blocks."""
_HIDDEN = ("in", "groups", "causal_macs", "effective_macs", "moved_bits", "kv_bits_per_token")
"""Columns that are shown only if the reader asks for them."""
_NO_COUNTS = ("in", "groups")
"""Hidden columns that describe a layer instead of counting."""
_OF_STATE = ("causal_macs", "kv_bits", "kv_bits_per_token")
_OF_EXPERTS = ("active_params",)
"""The columns that only networks with experts have. Those before are only for networks with a state."""


class Offered(NamedTuple):
    """The choices of a page: ``axes`` in addition to the usual ones, ``policies``, formats ``kv``, and ``counters``.

    An empty field means the usual choices.
    """

    axes: Sequence[Axis] = ()
    policies: Sequence[str] = ()
    kv: Sequence[str] = ()
    counters: Sequence[str] = ()


NOTHING_ASKED = Offered()


def opening_policy(model: ModelSpec, params: Mapping[str, Any]) -> str:
    """Return the policy with which a page of ``model`` opens by default."""
    return _usual_policies(model, params)[0]


def _usual_policies(model: ModelSpec, params: Mapping[str, Any]) -> Sequence[str]:
    return USUAL_POLICIES if call_of(model, params) is None else USUAL_OF_LANGUAGE


def contents(
    model: ModelSpec, offered: Offered, params: Mapping[str, Any], sizes: Mapping[str, tuple[int, ...]]
) -> dict[str, Any]:
    """Return the data of a page. The arguments are those of ``calc.page.document.html_page``."""
    unassigned = unassigned_analysis(model, params, sizes, False, 1)
    _require_counted(unassigned)
    is_language_model = call_of(model, params) is not None
    policies = _policies(unassigned, offered.policies, _usual_policies(model, params))
    kv = _kv(unassigned, offered.kv, policies[0])
    counters = [convention(name).name for name in offered.counters or convention_names() if name != OWN_CONVENTION]
    settings = [name for name in policies if is_setting(unassigned, resolve(name))]
    fixed = [name for name in policies if name not in settings]
    found = offer(model, offered.axes, params, sizes)
    shown = _columns(unassigned, counters)
    subject = Traceable(model, found.variables, params, found.sizes, settings, fixed, kv, counters, shown)
    deployed = [False] if is_language_model else [False, True]
    kinds = [*([True] if settings else []), *([False] if fixed else [])]
    programs = all_programs(subject, found, [Mode(each, free) for each in deployed for free in kinds])
    return {
        "controls": [_control(control) for control in found.controls],
        "policies": policies,
        "free": bool(settings),
        "kv": kv,
        "deployed": len(deployed) > 1,
        **_shown(unassigned, shown, counters),
        **encoded(programs.programs),
        "logarithms": {str(of): value for of, value in programs.logarithms.items()},
        "powers": [[*of, value] for of, value in programs.powers.items()],
        "refused": {",".join(map(str, numbers)): why for numbers, why in programs.refused.items()},
    }


def preview(analysis: Analysis) -> dict[str, Any]:
    """Return the data of a page that shows ``analysis`` and has no controls.

    An editor shows it until the programs are computed, which takes much longer.
    """
    _require_counted(analysis)
    counters = [name for name in (analysis.count_as,) if name not in (None, OWN_CONVENTION)]
    shown = _columns(analysis, counters)
    return {
        "controls": [],
        "policies": [analysis.policy],
        "free": False,
        "kv": [""],
        "deployed": False,
        **_shown(analysis, shown, counters),
        **encoded([constant_program(analysis, shown)]),
        "logarithms": {},
        "powers": [],
        "refused": {},
    }


def _require_counted(analysis: Analysis) -> None:
    if analysis.unknown:
        name = analysis.graph.model
        fact = f"{name} has layers that are not counted, which a page cannot show"
        raise OpError(fact, "calc run prints the lower bounds")


def _shown(analysis: Analysis, columns: Sequence[LayerColumn], counters: Sequence[str]) -> dict[str, Any]:
    """Return the columns and totals of the page, and how it opens."""
    names = {column.name for column in columns}
    return {
        "conventions": [BITOPS + name for name in CONVENTIONS],
        "counters": [_counter(name) for name in counters],
        "blocks": len(analysis.graph.layers) > MANY_LAYERS,
        "hidden": [name for name in _HIDDEN if name in names or name in _NO_COUNTS],
        "columns": [_column(each) for each in columns],
        "totals": [each._asdict() for each in page_totals(columns)],
    }


def _policies(unassigned: Analysis, asked: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Return the policies that are asked for, or the usual ones that fit the network.

    Raises the errors of the engine for a policy that is asked for and does not fit.
    """
    if not asked:
        return [name for name in usual if _can(unassigned, name)] or ["fp32"]
    for name in asked:
        unassigned.with_bits(name)
    return list(asked)


def _kv(unassigned: Analysis, asked: Sequence[str], policy: str) -> list[str]:
    """Return the formats of keys and values; the empty text means that of the policy.

    It is the only one if nothing is kept.
    """
    if not unassigned.has_state:
        if asked:
            raise OpError(f"--kv {asked[0]}: no layer of {unassigned.graph.model} keeps keys or values")
        return [""]
    at = {name: replace(unassigned, kv=read_kv(name)) for name in asked or USUAL_KV}
    if asked:
        for name in asked:
            at[name].with_bits(policy)
    return ["", *[name for name in at if _can(at[name], policy)]]


def _can(unassigned: Analysis, policy: str) -> bool:
    """Return True if ``policy`` fits the network."""
    try:
        unassigned.with_bits(policy)
    except (SpecError, OpError):
        return False
    return True


def _columns(unassigned: Analysis, counters: Sequence[str]) -> list[LayerColumn]:
    left_out = [*(() if unassigned.has_state else _OF_STATE), *(() if unassigned.has_experts else _OF_EXPERTS)]
    return [each for each in columns(counters) if each.name not in left_out]


def _control(control: Control) -> dict[str, Any]:
    return {
        "name": control.name,
        "own": control.own,
        "choices": [
            {**choice._asdict(), "numbers": {name: json_number(value) for name, value in choice.numbers.items()}}
            for choice in control.choices
        ],
    }


def _counter(name: str) -> dict[str, str]:
    return {"name": name, "title": convention(name).title}


def _column(column: LayerColumn) -> dict[str, Any]:
    return {"name": column.name, "title": column.title, "unit": column.unit, "double": column.double}
