"""``calc memory``'s page: the layers, the peak, the planners."""

import csv
import json
from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.report.memory import page
from calc.report.pages import render
from calc.report.table import Table
from calc.spec import loads

SPEC = """
name: Skip
input: [2, 4, 4]
layers:
  entry: {conv2d: {out_channels: 2, kernel_size: 1}}
  wide: {conv2d: {out_channels: 8, kernel_size: 1}}
  flat: identity
  narrow: {conv2d: {out_channels: 2, kernel_size: 1}}
  sum: {add: , from: [narrow, entry]}
"""
MAP = 2 * 4 * 4
"""Bytes of two channels."""


def planned(memory: str = "liveness") -> Analysis:
    return analyse(loads(SPEC), bits="8", memory=memory)


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(zip([column.key for column in table.columns], row, strict=True)) for row in table.rows]


def test_a_row_for_each_layer_that_makes_a_tensor() -> None:
    layers, peak, planners = page(planned(), False, 80, every_tensor=False).sections
    found = {row["name"]: row for row in rows(layers.table)}
    assert list(found) == ["input", "entry", "wide", "narrow", "sum"]
    assert layers.notes == ("not listed: 1 layer without a tensor of its own (--all lists it)",)
    assert [row["live_bytes"] for row in found.values()] == [MAP, 2 * MAP, 5 * MAP, 6 * MAP, 3 * MAP]
    assert [name for name, row in found.items() if row["peak"]] == ["narrow"]
    assert found["narrow"]["beside"] == "wide, entry"
    assert peak.title == f"at the peak, narrow: {6 * MAP} bytes"
    assert [(row["name"], row["bytes"], row["read"]) for row in rows(peak.table)] == [
        ("wide", 4 * MAP, "narrow"),
        ("entry", MAP, "sum"),
        ("narrow", MAP, "sum"),
    ]
    assert [(row["planner"], row["bytes"]) for row in rows(planners.table)] == [
        ("liveness", 6 * MAP),
        ("arena", 6 * MAP),
        ("in-place", 6 * MAP),
    ]


def test_all_layers() -> None:
    layers = page(planned(), True, 80, every_tensor=False).sections[0]
    assert [row["name"] for row in rows(layers.table)][3] == "flat"
    assert layers.notes == ()


def test_the_arena_has_a_place_for_each_and_a_map() -> None:
    layers, drawn, peak, _ = page(planned("arena"), False, 80, every_tensor=False).sections
    assert [row["offset"] for row in rows(layers.table)] == [0, 5 * MAP, 0, 4 * MAP, 0]
    assert [row["map"] for row in rows(layers.table)] == list("abcde")
    assert drawn.table.rows[-1] == (0, "aacce")
    # what entry makes lies on top from then on, but it is narrow that fills all
    assert peak.title == f"at the peak, narrow: {6 * MAP} bytes"
    assert [(row["name"], row["offset"]) for row in rows(peak.table)] == [
        ("wide", 0),
        ("entry", 5 * MAP),
        ("narrow", 4 * MAP),
    ]


def test_what_is_written_in_place_takes_no_more() -> None:
    spec = SPEC.replace("wide: {conv2d: {out_channels: 8, kernel_size: 1}}", "wide: relu")
    found = page(analyse(loads(spec), bits="8", memory="in-place"), False, 80, every_tensor=False)
    assert [row["beside"] for row in rows(found.sections[0].table)][-1] == "over entry, narrow"
    spec = "name: One\ninput: [2, 4, 4]\nlayers: [relu]\n"
    (row, *more) = rows(page(analyse(loads(spec), memory="in-place"), False, 80, every_tensor=False).sections[1].table)
    assert (row["name"], row["bytes"], more) == ("input", 4 * MAP, [])


def test_json_and_csv_name_all_that_is_alive() -> None:
    found = page(planned("arena"), False, 80, every_tensor=True)
    data = json.loads(render(found, "json"))
    assert (data["policy"], data["stores"]) == ("8", "paper")
    assert data["memory"] == {"planner": "arena", "bytes": 6 * MAP, "layer": "narrow"}
    assert data["planners"]["in-place"]["bytes"] == 6 * MAP
    narrow = next(layer for layer in data["layers"] if layer["name"] == "narrow")
    assert narrow == {
        "name": "narrow",
        "op": "conv2d",
        "bytes": MAP,
        "offset": 4 * MAP,
        "live_bytes": 6 * MAP,
        "alive": ["entry", "wide", "narrow"],
        "written_over": None,
    }
    (row,) = [row for row in csv.DictReader(render(found, "csv").splitlines()) if row["name"] == "narrow"]
    assert (row["alive"], row["offset"]) == ("entry wide narrow", str(4 * MAP))


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_other_formats(format_: str) -> None:
    assert "at the peak, narrow" in render(page(planned("arena"), False, 80, every_tensor=False), format_)
