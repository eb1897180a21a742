"""Turns an analysis into the rows of a table: layers or groups of layers, sorted and cut."""

from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, number_of
from calc.layers import Layer
from calc.names import at_depth, block_of, name_of_all, pattern_of
from calc.ops.base import Aspect
from calc.quantities import Quantity, quantities, quantity
from calc.report.table import Column, Table, bounded
from calc.report.units import AT_LEAST, share
from calc.serving.times import Times
from calc.shape import Shape

GROUPED = ("block", "repeat")
"""The ways to group layers: by block, or layers that are alike."""
SHOWN_BITOPS = "bitops"
"""The name by which rows are sorted by the listed BitOps, whatever their definition."""


def sorts() -> list[str]:
    """Return the names by which rows can be sorted: the listed BitOps, any quantity of a layer, and the name."""
    return [SHOWN_BITOPS, *_of_layers(), "name"]


def _of_layers() -> dict[str, Quantity]:
    """Return the quantities that a layer has, by name."""
    return {found.name: found for found in quantities() if found.of_layer}


class View(NamedTuple):
    """The choice of rows in a report. ``by`` is ``layer``, ``block`` or ``repeat``.

    ``depth`` groups layers by this number of parts of their names. ``top`` keeps the first rows, which are those with
    the most BitOps without ``sort``.
    """

    all_layers: bool = False
    by: str = "layer"
    depth: int | None = None
    sort: str | None = None
    top: int | None = None


class ReportRow(NamedTuple):
    """One row of a report: a layer, or a group with the input of its first layer and the output of its last.

    ``counted`` is the total under the convention ``count_as`` of the analysis, or 0 without one. ``bits`` are those of
    weights and activations; a group has the range of its layers. ``live_bytes`` is the memory that activations need
    while it runs, the maximum in a group. ``layers`` are the layers of the row. ``times`` has the time of each on the
    device, if there is one.
    """

    name: str
    kind: str
    in_channels: int | None
    out_channels: int | None
    kernel_size: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    groups: int | None
    input_size: tuple[int, ...] | None
    output_size: tuple[int, ...] | None
    params: int
    macs: int
    counted: int
    bits: str | None
    bitops: int | float
    rule: str | None
    live_bytes: int
    layers: tuple[Layer, ...]
    times: tuple[Times, ...] = ()

    @property
    def bytes_moved(self) -> int:
        """The sum of the bytes that its layers move, each rounded up."""
        return sum([layer.bytes_moved for layer in self.layers])

    @property
    def bound_seconds(self) -> Fraction:
        """The lower bound of the time on the device, if its layers run one after another."""
        return sum([times.most for times in self.times], Fraction(0))

    @property
    def binds(self) -> str | None:
        """The slower of memory and compute on the device; None if nothing is done."""
        both = Times(*[sum(each, Fraction(0)) for each in zip(*self.times, strict=True)]) if self.times else None
        return both.binds if both and both.most else None

    @property
    def unknown(self) -> frozenset[Aspect]:
        """The parts that are not known of some of its layers."""
        return frozenset[Aspect]().union(*[layer.unknown for layer in self.layers])


class Listing(NamedTuple):
    """The rows that a view shows, and texts on the rows that it leaves out.

    ``all_layers`` is True if rows without MACs are included.
    """

    rows: tuple[ReportRow, ...]
    left_out: tuple[str, ...]
    grouped: bool
    all_layers: bool


COLUMNS = (
    Column("name", "Layer", "text"),
    Column("kind", "Kind", "text", 8),
    Column("in_channels", "In ch", "number", 4),
    Column("out_channels", "Out ch", "number", 5),
    Column("kernel_size", "Kernel", "size", 3),
    Column("stride", "Stride", "size", 3),
    Column("groups", "Groups", "number", 1),
    Column("input_size", "Input", "size", 2),
    Column("output_size", "Output", "size", 6),
    Column("params", "Params", "count", 7),
    Column("macs", "MACs", "count"),
    Column("counted", "Counted", "count"),
    Column("bits", "W/A", "number"),
    Column("bitops", "BitOps", "count"),
    Column("share", "Share", "share"),
    Column("bytes_moved", "Moved", "count", 4),
    Column("bound_seconds", "Bound", "seconds", 8),
    Column("binds", "Binds", "text", 6),
    Column("live_bytes", "Memory", "count", 5),
    Column("rule", "Rule", "text", 0),
)
_OF_DEVICE = ("bytes_moved", "bound_seconds", "binds")
_OF_LAYERS_ONLY = ("kernel_size", "stride", "groups", "rule")


def usual_rows(analysis: Analysis) -> str:
    """Return the rows that people see by default: for a language model, one row for layers that are alike."""
    return "repeat" if analysis.has_state else "layer"


def grouped(view: View) -> bool:
    """Return True if the rows of ``view`` are groups of layers."""
    return view.by in GROUPED or view.depth is not None


def listing(analysis: Analysis, view: View) -> Listing:
    """Return the rows of ``view``.

    Without ``all_layers``, they are those with MACs. Raises OpError for an invalid view.
    """
    _check(view)
    rows = _group_rows(analysis, view) if grouped(view) else _layer_rows(analysis)
    left_out = []
    if not view.all_layers:
        without = [row for row in rows if not _may_have_macs(row)]
        rows = [row for row in rows if _may_have_macs(row)]
        if without:
            params = sum(row.params for row in without)
            bound = AT_LEAST if any("tensors" in row.unknown for row in without) else ""
            what = number_of(len(without), "group" if grouped(view) else "layer")
            left_out.append(f"{what} without MACs, {bound}{params:,} params (--all lists them)")
    order = view.sort or ("bitops" if view.top is not None else None)
    if order == "name":
        rows.sort(key=lambda row: row.name)
    elif order is not None:
        rows.sort(key=lambda row: -_value(row, order))
    if view.top is not None and view.top < len(rows):
        rest = sum(row.bitops for row in rows[view.top :])
        percent = share(rest, analysis.totals.bitops[analysis.bitops_convention])
        more = number_of(len(rows) - view.top, "more row")
        left_out.append(f"{more}, {percent:.1f} % of the BitOps (--top {view.top})")
        rows = rows[: view.top]
    return Listing(tuple(rows), tuple(left_out), grouped(view), view.all_layers)


def table_of(analysis: Analysis, listed: Listing) -> Table:
    """Return the rows as a table for people. Groups have no kernel, stride or rule.

    The memory is shown only if all layers are listed.
    """
    total = analysis.totals.bitops[analysis.bitops_convention]
    keys = [column.key for column in COLUMNS]
    rows = tuple(
        [
            bounded(keys, [_share(row, total) if key == "share" else getattr(row, key) for key in keys], row.unknown)
            for row in listed.rows
        ]
    )
    table = Table(COLUMNS, rows)
    if analysis.counted is None:
        table = table.without(("counted",))
    else:
        titled = [
            column._replace(title=analysis.counted.convention.name) if column.key == "counted" else column
            for column in table.columns
        ]
        table = Table(tuple(titled), rows)
    if analysis.bound is None:
        table = table.without(_OF_DEVICE)
    left_out = (*(_OF_LAYERS_ONLY if listed.grouped else ()), *(() if listed.all_layers else ("live_bytes",)))
    return table.without(left_out) if left_out else table


def _share(row: ReportRow, total: int | float) -> float | None:
    """Return the share of the counted BitOps in percent; None if the BitOps of the row are a lower bound."""
    return None if "work" in row.unknown else share(row.bitops, total)


def _may_have_macs(row: ReportRow) -> bool:
    return bool(row.macs or row.counted or "work" in row.unknown)


def _check(view: View) -> None:
    if view.top is not None and view.top < 1:
        raise OpError(f"top={view.top}: must be at least 1")
    if view.depth is not None and view.depth < 1:
        raise OpError(f"depth={view.depth}: must be at least 1")


def _layer_rows(analysis: Analysis) -> list[ReportRow]:
    nodes = analysis.graph.nodes
    rows = []
    inputs = len(analysis.graph.inputs)
    counted = analysis.counted.rows[inputs:] if analysis.counted else (0,) * len(analysis.layers)
    times = [()] * len(counted) if analysis.bound is None else [(each,) for each in analysis.bound.layers[inputs:]]
    planned = zip(nodes[inputs:], analysis.layers, counted, analysis.live_bytes, times, strict=True)
    for node, layer, under_convention, live_bytes, on_device in planned:
        stride = layer.stride
        rows.append(
            ReportRow(
                name=layer.name,
                kind=layer.kind,
                in_channels=layer.in_channels,
                out_channels=layer.out_channels,
                kernel_size=layer.kernel_size,
                stride=stride[:1] if stride and len(set(stride)) == 1 else stride,
                groups=layer.groups,
                input_size=_positions(nodes[node.inputs[0]].shape) if node.inputs else None,
                output_size=_positions(node.shape),
                params=layer.params,
                macs=layer.macs,
                counted=under_convention,
                bits=None if layer.weight_bits is None else f"{layer.weight_bits}/{layer.activation_bits}",
                bitops=layer.bitops[analysis.bitops_convention],
                rule=layer.rule,
                live_bytes=live_bytes,
                layers=(layer,),
                times=on_device,
            )
        )
    return rows


def _group_rows(analysis: Analysis, view: View) -> list[ReportRow]:
    rows = _layer_rows(analysis)
    if view.depth is None and view.by == "repeat":
        return _repeats(analysis, rows)
    groups: dict[str, list[int]] = {}
    for index, layer in enumerate(analysis.layers):
        name = block_of(layer.name) if view.depth is None else at_depth(layer.name, view.depth)
        groups.setdefault(name, []).append(index)
    return [_group_row(name, analysis, [rows[i] for i in members], members) for name, members in groups.items()]


def _repeats(analysis: Analysis, rows: list[ReportRow]) -> list[ReportRow]:
    """Return one row for all layers that differ only in the numbers in their names and in their bits."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, layer in enumerate(analysis.layers):
        alike = (pattern_of(layer.name), layer.kind, layer.input_shape, layer.output_shape, layer.params, layer.macs)
        groups.setdefault(alike, []).append(index)
    found = []
    for members in groups.values():
        name = name_of_all([rows[index].name for index in members])
        row = _group_row(name, analysis, [rows[index] for index in members], members)
        found.append(row._replace(kind=f"{rows[members[0]].kind} ×{len(members)}") if len(members) > 1 else row)
    return found


def _group_row(name: str, analysis: Analysis, rows: list[ReportRow], members: list[int]) -> ReportRow:
    layers = [analysis.layers[index] for index in members]
    first, last = rows[0], rows[-1]
    weight = [layer.weight_bits for layer in layers if layer.weight_bits is not None]
    activation = [layer.activation_bits for layer in layers if layer.activation_bits is not None]
    return first._replace(
        name=name,
        kind=first.kind if len(rows) == 1 else f"{len(rows)} layers",
        out_channels=last.out_channels,
        output_size=last.output_size,
        params=sum(row.params for row in rows),
        macs=sum(row.macs for row in rows),
        counted=sum(row.counted for row in rows),
        bits=f"{_span(weight)}/{_span(activation)}" if weight else None,
        bitops=sum(row.bitops for row in rows),
        live_bytes=max(row.live_bytes for row in rows),
        layers=tuple(layers),
        times=tuple([times for row in rows for times in row.times]),
    )


def _value(row: ReportRow, order: str) -> int | float:
    """Return the value by which ``row`` is sorted, the largest first."""
    of_layer = None if order == SHOWN_BITOPS else (_of_layers().get(order) or quantity(order)).of_layer
    return row.bitops if of_layer is None else sum([of_layer(layer) for layer in row.layers])


def _span(bits: list[int]) -> str:
    narrowest, widest = min(bits), max(bits)
    return str(widest) if narrowest == widest else f"{narrowest}–{widest}"


def _positions(shape: Shape) -> tuple[int, ...]:
    """Return the sizes without the channels: height and width of a map, or the tokens of a sequence."""
    if shape.channel_axis is None:
        return shape.sizes
    axis = shape.rank + shape.channel_axis
    return shape.sizes[:axis] + shape.sizes[axis + 1 :]
