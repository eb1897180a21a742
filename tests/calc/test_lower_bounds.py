"""Totals are marked as at least where nobody knows what some layer computes or holds."""

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.console import Console

from calc.analysis import Analysis, Totals, analyse
from calc.cli.commands import BUILT_IN
from calc.frozen import FrozenDict
from calc.ops.opaque import Opaque
from calc.quantities import at_least, quantities
from calc.report import FORMATS, render
from calc.report.gate import FORMATS as GATE_FORMATS
from calc.report.html import render as html
from calc.report.rows import View
from calc.report.run_page import page as run_page
from calc.report.terminal import show_page
from calc.spec import expand, loads
from tests.calc.cli.conftest import calc
from tests.drawn_specs import DrawnSpec, specs
from tests.strategies import import_drawing

__all__ = ["calc"]

import_drawing()

SPEC = """
name: small
input: [3, 40, 40]
layers:
  stem: {conv2d: {out_channels: 20, kernel_size: 3, padding: 1}}
  odd: {opaque: {op: "my::kernel", shape: [20, 40, 21], channels: first, reason: a kernel of our own}}
  norm: batch_norm
  pool: {adaptive_avg_pool2d: 1}
  flat: flatten
  head: {linear: 110}
"""
WORK = (
    "macs",
    "effective_macs",
    "peak_activation_bytes",
    "activation_elements",
    "bitops",
    "elementwise",
    "bytes_moved",
)
TENSORS = ("params", "active_params", "buffers", "weight_bits_total", "weight_bytes", "weight_bytes_fp32")


def small(tensors: str = "", more: str = "", **options: Any) -> Analysis:
    given = f"reason: a kernel of our own, tensors: {tensors}" if tensors else "reason: a kernel of our own"
    layer = SPEC.replace("reason: a kernel of our own}}", f"{given}}}{more}}}")
    return analyse(loads(layer), **{"bits": "8", **options})


def test_what_is_made_of_what_is_not_known_is_at_least() -> None:
    assert set(small().at_least) == {*WORK, *TENSORS}
    assert set(small("none").at_least) == set(small("weight=3x2").at_least) == set(WORK)
    assert set(small("none", ", training_only: true").at_least) == set()
    assert set(small(more=", training_only: true").at_least) == set(TENSORS)


def test_what_it_names_counts() -> None:
    none, some = small("none").totals, small("weight=3x2 bias=2 mean=7:buffer").totals
    assert some.params - none.params == 3 * 2 + 2
    assert some.buffers - none.buffers == 7
    assert some.weight_bytes - none.weight_bytes == 4 * (3 * 2 + 2)
    assert (some.macs, some.bitops) == (none.macs, none.bitops)


def test_every_quantity_is_made_of_what_layers_compute_or_hold() -> None:
    for each in quantities():
        assert at_least([each.name, each.key, f"{each.name}@8"], {each.of}) == (each.name, each.key, f"{each.name}@8")
        assert at_least([each.name], {"work", "tensors"} - {each.of}) == ()
    assert at_least(Totals._fields, {"work", "tensors"}) == Totals._fields
    assert at_least(["elementwise.relu", "elementwise_relu"], {"work"}) == ("elementwise.relu", "elementwise_relu")


def test_json_names_them_beside_the_totals_and_the_layers() -> None:
    found = small(memory="arena", count_as="fvcore").to_json_dict()
    totals, layers = found["totals"], {layer["name"]: layer for layer in found["layers"]}
    assert totals.keys() - set(totals["at_least"]) == {"at_least", "effective_bits", "arithmetic_intensity"}
    assert totals["effective_bits"] == {"all": None, "quantised": None, "repeated": None, "codes": None}
    assert [name for name, layer in layers.items() if "at_least" in layer] == ["odd"]
    odd = layers["odd"]
    described = {"name", "op", "kind", "inputs", "rule", "groups", "stride", "kernel_size"}
    exact = {"input_shape", "output_shape", "in_channels", "out_channels"}
    bits = {"weight_bits", "weight_format", "activation_bits"}
    assert odd.keys() - set(odd["at_least"]) == {"at_least"} | described | exact | bits
    assert "at_least" not in str(small("none", ", training_only: true").to_json_dict())


def test_rows_for_a_data_frame_name_them() -> None:
    rows = {row["name"]: row for row in small().to_dicts()}
    assert rows["stem"]["at_least"] == ()
    numbers = {"in_channels", "out_channels", "training_only"}
    counts = {key for key, value in rows["odd"].items() if isinstance(value, (int, float))} - numbers
    assert set(rows["odd"]["at_least"]) == counts


def bounded_values(analysis: Analysis) -> list[int | float]:
    """Each total that is a lower bound, and is no layer's exact number."""
    totals = analysis.totals
    plain = [getattr(totals, name) for name in analysis.at_least if name not in ("bitops", "elementwise")]
    values = [*plain, *totals.bitops.values(), *totals.elementwise.values()]
    exact = [number for row in analysis.to_dicts() for key, number in row.items() if key not in row["at_least"]]
    return [value for value in values if value > 1000 and value not in exact]


def untold(report: str, numbers: list[str]) -> list[str]:
    """Those of ``numbers`` that stand in ``report`` as if they were exact."""
    words = report.replace("$\\geq$", "≥").replace("at least ", "≥ ").replace("<td", " <td").replace(">", "> ").split()
    return [
        number
        for number in numbers
        for before, word in pairwise(words)
        if word.strip("(;,):<").startswith(number) and before != "≥"
    ]


def untold_cells(text: str, values: list[int | float]) -> list[str]:
    """The columns of CSV in which one of ``values`` stands, and the row does not say that it is a lower bound."""
    written, found = {str(value) for value in values}, []
    for row in csv.DictReader(io.StringIO(text)):
        told = row.get("at_least", "").split()
        found += [key for key, cell in row.items() if cell in written and key not in told]
    return found


def untold_keys(
    data: Any, values: list[int | float], path: tuple[str, ...] = (), told: tuple[str, ...] = ()
) -> list[str]:
    """The places in JSON where one of ``values`` stands, and nothing above it says that it is a lower bound."""
    if isinstance(data, list):
        return [place for each in data for place in untold_keys(each, values, path, told)]
    if not isinstance(data, dict):
        is_bound = type(data) in (int, float) and data in values
        return [".".join(path)] if is_bound and not set(path) & set(told) else []
    told = (*told, *data.get("at_least", ()))
    return [place for key, each in data.items() for place in untold_keys(each, values, (*path, str(key)), told)]


FORMATS_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "run": (*[(name,) for name in FORMATS], ("table", "--by", "block"), ("json", "--count-as", "fvcore")),
    "compare": (("table",), ("csv",), ("markdown",), ("json",)),
    "conventions": (("table",), ("csv",), ("markdown",), ("json",)),
    "memory": (("table",), ("csv",), ("markdown",), ("json",), ("table", "--memory", "arena")),
    "sweep": (("csv",), ("json",), ("jsonl",)),
    "diff": (("text",), ("markdown",), ("json",)),
    "budgets": tuple(
        [(name, "--max", f"{limit}=1T") for name in GATE_FORMATS for limit in ("macs", "deployed.flash@8")]
    ),
}
"""What tells totals, in all its formats."""
TELLS_NONE = {
    "allocate": "refuses a budget on a lower bound",
    "audit": "test_audit.py: a verdict of its own",
    "check": "as diff and budgets do",
    "fit": "refuses what is a lower bound",
    "formula": "refuses what is a lower bound",
    "explain": "test_explain.py: a lower bound explains nothing",
    "import": "writes a spec, and warns",
    "init": "writes a spec",
    "list": "tells no totals",
    "formats": "tells no totals",
    "lock": "test_lockfile.py: at_least beside the quantities",
    "ops": "tells no totals",
    "page": "refuses a network with such layers",
    "pareto": "refuses a front against a lower bound",
    "schema": "tells no totals",
    "serve": "refuses a network with such layers",
    "specs": "packaged specs have no such layers",
    "validate": "warns, as run does",
    "weights": "of a file, not of a network",
    "write": "tells no totals",
}


def test_every_command_tells_lower_bounds_or_why_it_has_none() -> None:
    assert set(BUILT_IN) <= {*FORMATS_OF, *TELLS_NONE}


@pytest.mark.parametrize("command, given", [(name, given) for name, every in FORMATS_OF.items() for given in every])
def test_no_output_tells_a_lower_bound_as_exact(
    command: str, given: tuple[str, ...], calc: Any, tmp_path: Path
) -> None:
    path, other = tmp_path / "net.yaml", tmp_path / "other.yaml"
    path.write_text(SPEC)
    other.write_text(SPEC.replace("name: small", "name: other").replace("linear: 110", "linear: 120"))
    networks = [str(path), str(other)] if command == "diff" else [str(path)]
    bits = [] if command == "budgets" else ["--bits", "8"]
    ran = calc(command, *networks, *bits, "--format", *given)
    assert ran.out, ran.err
    planner = "arena" if "arena" in given else "liveness"
    assert_told(ran.out, given[0], bounded_values(small(memory=planner)))


def assert_told(output: str, format_name: str, values: list[int | float]) -> None:
    """Each of ``values`` in ``output`` is told as a lower bound; where that is taken out, the checks see it."""
    numbers = [f"{round(value):,}" for value in values]
    written, taken_out = list(map(str, values)), output.replace("at_least", "x")
    if format_name == "csv":
        found, planted = untold_cells(output, values), untold_cells(taken_out, values)
    elif format_name == "json":
        found, planted = untold_keys(json.loads(output), values), untold_keys(json.loads(taken_out), values)
    elif format_name == "jsonl":
        found, planted = (
            untold_keys([json.loads(line) for line in each.splitlines()], values) for each in (output, taken_out)
        )
    else:
        exact = output.replace("at least ", "").replace("≥ ", "").replace("$\\geq$", "")
        found, planted, written = untold(output, numbers), untold(exact, numbers), numbers
    assert found == []
    assert bool(planted) == any(number in output for number in written)


def test_the_notebook_and_the_terminal_tell_them_too() -> None:
    analysis = small()
    shown = io.StringIO()
    show_page(run_page(analysis, View()), Console(file=shown, width=200), 200)
    for report in (html(analysis), shown.getvalue()):
        assert_told(report, "table", bounded_values(analysis))


def test_csv_has_numbers_and_names_those_that_are_lower_bounds() -> None:
    head, *rows = render(small(), "csv", View()).splitlines()
    assert head.endswith(",at_least")
    told = [row.rpartition(",")[2] for row in rows]
    bounds = "params buffers macs effective_macs bitops_weight bitops_product bitops_uniq weight_bits_total"
    assert told == ["", f"{bounds} bytes_moved output_elements live_bytes", ""]
    grouped = render(small(), "csv", View(by="block"))
    assert grouped.splitlines()[2].endswith("params macs bitops")
    exact = render(small("none", ", training_only: true"), "csv", View())
    assert "at_least" not in exact


def test_layers_that_may_have_macs_are_listed_and_their_share_is_not_known() -> None:
    (line,) = [line for line in render(small(), "table", View()).splitlines() if line.startswith("odd")]
    cells = "20 20 – – – 40×40 40×21 ≥ 0 ≥ 0 – ≥ 0 – –"
    assert line.split() == ["odd", "my::kernel", *cells.split()]
    left_out = render(small(more=", training_only: true"), "table", View())
    assert "4 layers without MACs, at least 40 params" in left_out


@settings(max_examples=25)
@given(specs(), st.data())
def test_whatever_a_layer_is_what_is_counted_without_it_is_no_more(spec: DrawnSpec, data: st.DataObject) -> None:
    graph = expand(loads(spec.text))
    owners = {owner for node in graph.nodes for owner in node.tied.values()}
    replaced = [
        index for index, node in enumerate(graph.nodes)
        if node.inputs and index not in owners and not (node.tied or node.experts or node.training_only)
        and not node.op.is_view and node.batched and node.output.role != "state"
    ]  # fmt: skip
    assume(replaced)
    at = data.draw(st.sampled_from(replaced))
    node, inputs = graph.nodes[at], graph.input_shapes(graph.nodes[at])
    held = [(node.op.parameters(inputs), ""), (node.op.buffers(inputs), ":buffer")]
    tensors = " ".join([
        f"{name or 'own'}={'x'.join(map(str, sizes)) or 'scalar'}{kind}"
        for of_kind, kind in held for name, sizes in of_kind.items()
    ])  # fmt: skip
    op = Opaque(op="a", shape=node.shape.sizes, reason="b", tensors=tensors or "none")
    nodes = (*graph.nodes[:at], node._replace(op=op, bits=None, part_formats=FrozenDict()), *graph.nodes[at + 1 :])
    bits = data.draw(st.sampled_from(["fp32", "8", "w4a8"]))
    read = data.draw(st.sampled_from(["same", "producer"]))
    known, bound = (analyse(each, bits=bits, activations=read) for each in (graph, replace(graph, nodes=nodes)))
    assume(any(bound.assigned))  # else nothing says how narrow what it reads may be
    for each in quantities(has_state=bound.has_state):
        whole, counted = each.total(known.totals), each.total(bound.totals)
        if each.name in bound.at_least or each.family in bound.at_least:
            assert counted <= whole, each.name
        elif not each.at_bits or bits == "fp32":
            assert counted == whole, each.name
