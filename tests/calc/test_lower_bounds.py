"""What is told as at least where nobody knows what some layer computes or holds."""

from itertools import pairwise
from typing import Any

import pytest

from calc.analysis import Analysis, Totals, analyse
from calc.quantities import at_least, quantities
from calc.report import FORMATS, render
from calc.report.html import render as html
from calc.report.rows import View
from calc.spec import loads

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
WORK = ("macs", "effective_macs", "peak_activation_bytes", "activation_elements", "bitops", "elementwise")
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


def test_json_names_them_beside_the_totals_and_the_layers() -> None:
    found = small(memory="arena", count_as="fvcore").to_json_dict()
    totals, layers = found["totals"], {layer["name"]: layer for layer in found["layers"]}
    assert totals.keys() - set(totals["at_least"]) == {"at_least", "effective_bits"}
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


def bounded_texts(analysis: Analysis) -> list[str]:
    """Each total that is a lower bound, as reports for people write it."""
    totals = analysis.totals
    plain = [getattr(totals, name) for name in Totals._fields if name not in ("bitops", "elementwise")]
    values = [*plain, *totals.bitops.values(), *totals.elementwise.values()]
    return [f"{round(value):,}" for value in values if value > 1000]


def untold(report: str, numbers: list[str]) -> list[str]:
    """Those of ``numbers`` that stand in ``report`` as if they were exact."""
    words = report.replace("$\\geq$", "≥").replace("at least ", "≥ ").replace("<td", " <td").replace(">", "> ").split()
    return [
        number
        for number in numbers
        for before, word in pairwise(words)
        if word.strip("(;,):<").startswith(number) and before != "≥"
    ]


@pytest.mark.parametrize("how", [*(set(FORMATS) - {"csv", "json"}), "html"])
def test_no_report_for_people_tells_a_lower_bound_as_exact(how: str) -> None:
    analysis = small()
    numbers = bounded_texts(analysis)
    report = html(analysis) if how == "html" else render(analysis, how, View())
    assert sum(number in report for number in numbers) >= len(numbers) - 1  # bits of weights stand in locks alone
    assert untold(report, numbers) == []
    assert untold(report.replace("at least ", ""), numbers) != []


def test_csv_has_numbers_and_names_those_that_are_lower_bounds() -> None:
    head, *rows = render(small(), "csv", View()).splitlines()
    assert head.endswith(",at_least")
    told = [row.rpartition(",")[2] for row in rows]
    bounds = "params buffers macs effective_macs bitops_weight bitops_product bitops_uniq weight_bits_total"
    assert told == ["", f"{bounds} output_elements live_bytes", ""]
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
