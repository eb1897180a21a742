"""The page of ``calc memory``: the tensors that are alive while each layer runs, the peak, and all planners."""

from collections.abc import Sequence
from heapq import nlargest
from itertools import islice
from typing import Any

from calc.analysis import Analysis
from calc.errors import number_of
from calc.memory import PLANNERS, Plan, planner
from calc.memory.plan import alive, last_needed
from calc.model.inputs import ends_json
from calc.quantities import at_least
from calc.report.cells import eighths
from calc.report.memory_map import letters, placements, text_map
from calc.report.pages import Page, Section
from calc.report.summary import header, told
from calc.report.table import Column, LowerBound, Table, bounded
from calc.report.units import FROM, exact, share, short_bytes

SCHEMA = "calc.memory/1"
PEAK = "◀"
BAR_WIDTH = 8
MOST_NAMED = 2
"""The largest number of tensors beside that of a layer that are named. Of more, their number is shown."""
_OTHER_LINES = ("BitOps", "counted")
_LAYERS = (
    Column("map", "", "text"),
    Column("name", "Layer", "text"),
    Column("kind", "Kind", "text", 2),
    Column("output_size", "Output", "size", 3),
    Column("bytes", "Makes", "count", 7),
    Column("offset", "At", "count", 6),
    Column("live_bytes", "Needs", "count"),
    Column("bar", "", "bar", 4),
    Column("peak", "", "text"),
    Column("beside", "Beside it", "text", 5),
)
_AT_PEAK = (
    Column("name", "Tensor of", "text"),
    Column("output_size", "Size", "size", 3),
    Column("bytes", "Bytes", "count"),
    Column("share", "Share", "share"),
    Column("offset", "At", "count"),
    Column("read", "Needed until", "text", 5),
)
_PLANNERS = (
    Column("planner", "Planner", "text"),
    Column("bytes", "Bytes", "count"),
    Column("size", "", "text", 2),
    Column("name", "Largest at", "text"),
    Column("meaning", "", "text", 1),
)


def page(analysis: Analysis, all_layers: bool, width: int, *, every_tensor: bool) -> Page:
    """Return the page: the layers that make a tensor, or ``all_layers``; the map of the arena; the peak; the planners.

    The map is ``width`` columns wide. With ``every_tensor``, JSON and CSV list all tensors that are alive while each
    layer runs.
    """
    plan = analysis.memory
    sections = [Section("", _layers(analysis, all_layers), tuple(_left_out(analysis, all_layers)))]
    if plan.offsets:
        sections.append(_map(analysis, width))
    sections += [_at_peak(analysis), _planners(analysis)]
    lines = tuple([line for line in header(analysis) if line.label not in _OTHER_LINES])
    if not every_tensor:
        return Page(lines, tuple(sections), None)
    rows = _rows(analysis)
    return Page(lines, tuple(sections), _data(analysis, rows), _records(rows))


def _name(analysis: Analysis, index: int) -> str:
    return analysis.graph.nodes[index].name


def _listed(analysis: Analysis, all_layers: bool) -> list[int]:
    """Return the nodes with a row: inputs and layers that make a tensor, or all that run."""
    lifetimes = analysis.workload.lifetimes
    return [
        index
        for index, elements in enumerate(lifetimes.elements)
        if elements or (all_layers and lifetimes.reads[index])
    ]


def _left_out(analysis: Analysis, all_layers: bool) -> list[str]:
    hidden = len(_listed(analysis, all_layers=True)) - len(_listed(analysis, all_layers))
    own = "its own" if hidden == 1 else "their own"
    what = f"{number_of(hidden, 'layer')} without a tensor of {own} (--all lists {'it' if hidden == 1 else 'them'})"
    return [f"not listed: {what}"] if hidden else []


def _layers(analysis: Analysis, all_layers: bool) -> Table:
    plan, nodes = analysis.memory, analysis.graph.nodes
    marks = letters(placements(plan, analysis.workload.lifetimes, analysis.storage_bytes))
    listed = set(_listed(analysis, all_layers))
    rows = []
    for index, living in enumerate(alive(analysis.workload.lifetimes)):
        if index not in listed:
            continue
        node, made = nodes[index], analysis.storage_bytes[index]
        rows.append(
            (
                marks.get(index, ""),
                node.name,
                node.op.kind(analysis.graph.input_shapes(node)),
                node.shape.sizes,
                made or None,
                plan.offsets.get(index),
                LowerBound(plan.needed[index]) if "work" in node.unknown else plan.needed[index],
                eighths(plan.needed[index], plan.bytes, BAR_WIDTH),
                PEAK if index == plan.layer else "",
                _beside(analysis, index, living),
            )
        )
    return Table(_LAYERS, tuple(rows)).without(() if plan.offsets else ("map", "offset"))


def _beside(analysis: Analysis, index: int, living: Sequence[int]) -> str:
    """Name the tensors that are alive beside that of the layer, the largest first, and the one that it overwrites."""
    over = analysis.memory.written_over.get(index)
    others = [made for made in living if made not in (index, over)]
    largest = nlargest(MOST_NAMED, others, key=analysis.storage_bytes.__getitem__)
    named = [_name(analysis, made) for made in largest]
    more = [f"{len(others) - MOST_NAMED} more"] if others[MOST_NAMED:] else []
    return ", ".join([*([] if over is None else [f"over {_name(analysis, over)}"]), *named, *more])


def _map(analysis: Analysis, width: int) -> Section:
    lifetimes = analysis.workload.lifetimes
    placed = placements(analysis.memory, lifetimes, analysis.storage_bytes)
    columns = (Column("offset", "from byte", "count"), Column("bar", "", "bar"))
    steps, total = sum(map(bool, lifetimes.elements)), analysis.memory.bytes
    room = max(1, width - max(len(exact(total)), len(columns[0].title)) - 2)
    rows = text_map(placed, total, steps, room)
    together = -(-steps // room)
    time = "one column per tensor" if together == 1 else f"one column per {together} tensors"
    title = f"the arena: memory upwards, time to the right ({time}), letters as in the table"
    return Section(title, Table(columns, tuple(rows)))


def _at_peak(analysis: Analysis) -> Section:
    plan, nodes = analysis.memory, analysis.graph.nodes
    until = last_needed(analysis.workload.lifetimes)
    rows = [
        (
            _name(analysis, made) + ("" if over is None else f", over {_name(analysis, over)}"),
            nodes[made].shape.sizes,
            size,
            share(size, plan.bytes),
            plan.offsets.get(made),
            _name(analysis, until[made]),
        )
        for made, size, over in _alive_at_peak(analysis)
    ]
    table = Table(_AT_PEAK, tuple(rows)).without(() if plan.offsets else ("offset",))
    free = plan.bytes - sum([row[2] for row in rows])
    note = f"{exact(free)} bytes, {share(free, plan.bytes):.1f} %, lie free between them"
    title = f"at the peak, {_name(analysis, plan.layer)}: {told(analysis, 'memory', exact(plan.bytes))} bytes"
    return Section(title, table, (note,) if free else ())


def _alive_at_peak(analysis: Analysis) -> list[tuple[int, int, int | None]]:
    """Return the node, the bytes and the overwritten tensor of each tensor that takes memory at the peak."""
    plan = analysis.memory
    living = next(islice(alive(analysis.workload.lifetimes), plan.layer, None))
    found = [(made, analysis.storage_bytes[made], None) for made in living if made != plan.layer]
    over = plan.written_over.get(plan.layer)
    own = plan.bytes - sum([size for _, size, _ in found]) if over is not None else analysis.storage_bytes[plan.layer]
    rows = [*found, *([(plan.layer, own, over)] if plan.layer in living else [])]
    return sorted(rows, key=lambda row: -row[1])


def _planned(analysis: Analysis) -> list[Plan]:
    given = analysis.workload.lifetimes, analysis.storage_bytes
    return [analysis.memory if name == analysis.planner else planner(name)(*given) for name in PLANNERS]


def _planners(analysis: Analysis) -> Section:
    is_bound = at_least(["planners"], analysis.unknown)
    rows = [
        (
            plan.planner,
            LowerBound(plan.bytes) if is_bound else plan.bytes,
            told(analysis, "planners", short_bytes(plan.bytes), FROM),
            _name(analysis, plan.layer),
            PLANNERS[plan.planner],
        )
        for plan in _planned(analysis)
    ]
    return Section("what planners need", Table(_PLANNERS, tuple(rows)))


def _records(rows: list[dict[str, Any]]) -> Table:
    """Return the table of CSV."""
    kinds = {"name": "text", "op": "text", "alive": "text", "written_over": "text"}
    columns = [Column(key, key, kinds.get(key, "number")) for key in rows[0] if key != "unknown"]
    keys = [column.key for column in columns]
    told_rows = [bounded(keys, [row[key] for key in keys], row["unknown"]) for row in rows]
    return Table(tuple(columns), tuple(told_rows))


def _data(analysis: Analysis, rows: list[dict[str, Any]]) -> dict[str, Any]:
    plan, graph = analysis.memory, analysis.graph
    bounds = at_least(("memory", "planners"), analysis.unknown)
    return {
        "schema": SCHEMA,
        "model": graph.model,
        "spec": graph.spec,
        **ends_json(graph.input_sizes, tuple(graph.outputs)),
        "batch": analysis.batch,
        "policy": analysis.policy,
        "stores": analysis.roles.name,
        "activations": analysis.activations,
        **({} if analysis.deployment is None else {"deployed": analysis.deployment.to_json_dict()}),
        "memory": {"planner": plan.planner, "bytes": plan.bytes, "layer": _name(analysis, plan.layer)},
        "planners": {
            each.planner: {"bytes": each.bytes, "layer": _name(analysis, each.layer)} for each in _planned(analysis)
        },
        **({"at_least": list(bounds)} if bounds else {}),
        "layers": [_layer_data(row) for row in rows],
    }


def _layer_data(row: dict[str, Any]) -> dict[str, Any]:
    found = row | {"alive": list(row["alive"])}
    bounds = at_least(found, found.pop("unknown"))
    return found | ({"at_least": list(bounds)} if bounds else {})


def _rows(analysis: Analysis) -> list[dict[str, Any]]:
    """Return a row for each input and each layer that runs, with the living tensors and the unknown parts."""
    plan, nodes = analysis.memory, analysis.graph.nodes
    listed = set(_listed(analysis, all_layers=True))
    return [
        {
            "name": nodes[index].name,
            "op": nodes[index].op.word,
            "bytes": analysis.storage_bytes[index],
            "offset": plan.offsets.get(index),
            "live_bytes": plan.needed[index],
            "alive": tuple([_name(analysis, made) for made in living]),
            "written_over": _name(analysis, plan.written_over[index]) if index in plan.written_over else None,
            "unknown": nodes[index].unknown,
        }
        for index, living in enumerate(alive(analysis.workload.lifetimes))
        if index in listed
    ]
