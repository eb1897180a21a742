"""What a page holds as data: its controls, its columns and totals, and the programs behind them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from calc.analysis import Analysis
from calc.errors import OpError
from calc.page.all_programs import all_programs
from calc.page.columns import COLUMNS, TOTALS
from calc.page.encoded import encoded
from calc.page.offered import Control, offer
from calc.page.programs import Mode, Traceable, constant_program, is_setting, unassigned_analysis
from calc.precision import resolve
from calc.quantities import quantities
from calc.spec import ModelSpec
from calc.spec.phases import call_of
from calc.sweeps.axes import Axis

USUAL_POLICIES = ("8", "w4a8", "4", "2", "16", "32", "adaptive")
USUAL_OF_LANGUAGE = ("bf16", "fp8", "int8", "q8_0", "q4_0", "int4g128")
"""What language models are shipped in."""
CONVENTIONS = ("bitops.weight", "bitops.product")
"""Those of BitOps that are integers."""
MANY_LAYERS = 300
"""A network with more opens with its blocks."""
_HIDDEN = ("in", "groups", "causal_macs", "effective_macs", "moved_bits", "kv_bits_per_token")
"""Columns that are there when asked for."""
_OF_STATE = ("causal_macs", "kv_bits", "kv_bits_per_token", "kv_bytes", "kv_bytes_per_token")
_OF_EXPERTS = ("active_params",)
"""Columns and totals that only networks with a state, or with experts, have."""


def contents(
    model: ModelSpec,
    axes: Sequence[Axis],
    policies: Sequence[str],
    params: Mapping[str, Any],
    sizes: Mapping[str, tuple[int, ...]],
) -> dict[str, Any]:
    """The data of a page, as ``calc.page.document.html_page`` says."""
    unassigned = unassigned_analysis(model, params, sizes, False, 1)
    _require_counted(unassigned)
    is_language_model = call_of(model, params) is not None
    named = list(policies or (USUAL_OF_LANGUAGE if is_language_model else USUAL_POLICIES))
    settings = [name for name in named if is_setting(unassigned, resolve(name))]
    of_bits = [*([None] if settings else []), *[name for name in named if name not in settings]]
    offered = offer(model, axes, params, sizes)
    subject = Traceable(model, offered.variables, params, offered.sizes, settings)
    deployed = [False] if is_language_model else [False, True]
    found = all_programs(subject, offered, [Mode(each, name) for each in deployed for name in of_bits])
    return {
        "controls": [_control(control) for control in offered.controls],
        "policies": named,
        "free": bool(settings),
        "deployed": len(deployed) > 1,
        **_shown(unassigned),
        "programs": [encoded(program) for program in found.programs],
        "refused": {",".join(map(str, numbers)): why for numbers, why in found.refused.items()},
    }


def preview(analysis: Analysis) -> dict[str, Any]:
    """The data of a page that shows ``analysis`` and offers nothing: what an editor has long before the programs."""
    _require_counted(analysis)
    return {
        "controls": [],
        "policies": [analysis.policy],
        "free": False,
        "deployed": False,
        **_shown(analysis),
        "programs": [encoded(constant_program(analysis))],
        "refused": {},
    }


def _require_counted(analysis: Analysis) -> None:
    if analysis.unknown:
        name = analysis.graph.model
        raise OpError(f"{name} has layers that are not counted, which a page could not say", "calc run says it")


def _shown(analysis: Analysis) -> dict[str, Any]:
    """What is shown of such a network, and how the page opens."""
    left_out = [*(() if analysis.has_state else _OF_STATE), *(() if analysis.has_experts else _OF_EXPERTS)]
    return {
        "conventions": list(CONVENTIONS),
        "blocks": len(analysis.graph.layers) > MANY_LAYERS,
        "hidden": [name for name in _HIDDEN if name not in left_out],
        **_counted(left_out),
    }


def _control(control: Control) -> dict[str, Any]:
    return {
        "name": control.name,
        "start": control.start,
        "choices": [choice._asdict() for choice in control.choices],
    }


def _counted(left_out: Collection[str]) -> dict[str, Any]:
    """The columns, each with its place in the programs, and the totals."""
    units = {each.name: each.unit for each in quantities()}
    columns = [
        {"name": column.name, "title": column.title, "unit": column.unit, "at": number}
        for number, column in enumerate(COLUMNS)
        if column.name not in left_out
    ]
    totals = [{**total._asdict(), "unit": units[total.name]} for total in TOTALS if total.name not in left_out]
    return {"columns": columns, "totals": totals}
