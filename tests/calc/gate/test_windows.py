"""Windows are compared as they are: that of a layer without one is none, although families write the whole context."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.gate.diff import diff
from calc.gate.difference import difference
from calc.gate.gate import check_specs, locked
from calc.gate.snapshot import LockedLayer, Snapshot, snapshot
from calc.gate.windows import whole_windows, with_unlimited
from calc.model.graph import Graph
from calc.spec import loads

SPEC = """
name: layers with a window and without
params: {tokens: 1, past: 0, window: 8}
input: {shape: [tokens, 64], channels: last}
layers:
  kept: {cache: {past: past, sliding_window: past + tokens}}
  slid: {cache: {past: past, sliding_window: window}, from: input}
  none: {cache: {past: past}, from: input}
  sees: {attention: {num_heads: 1, is_causal: lower_right, sliding_window: past + tokens}, from: [input, kept, kept]}
  some: {attention: {num_heads: 1, is_causal: lower_right, sliding_window: window}, from: [input, slid, slid]}
  all: {attention: {num_heads: 1, is_causal: lower_right}, from: [input, none, none]}
"""


def at(**params: int) -> Snapshot:
    return snapshot([analyse(loads(SPEC), params)], ["fp32"])


def reasons(before: Snapshot, after: Snapshot) -> dict[str, set[str]]:
    return {layer.row.name: {reason.what for reason in layer.reasons} for layer in difference(before, after).layers}


@pytest.mark.parametrize("call", [{"past": 99}, {"past": 8}, {"tokens": 12}, {"tokens": 3, "past": 40}])
def test_which_windows_are_the_whole_context(call: dict[str, int]) -> None:
    assert whole_windows(at(**call)) == {"kept", "sees"}


def test_one_that_is_just_full_hides_nothing_either() -> None:
    assert whole_windows(at(past=7)) == {"kept", "sees", "slid", "some"}


def test_another_context_is_no_other_window() -> None:
    found = reasons(at(past=99), at(past=199))
    assert found == {
        "kept": {"past"}, "slid": {"past"}, "none": {"past"}, "sees": {"input"}, "all": {"input"},
    }  # fmt: skip
    assert {"sees", "all"} == {
        layer.row.name for layer in difference(at(past=99), at(past=199)).layers if not layer.is_cause
    }


def test_another_window_is_an_edit_at_any_context() -> None:
    for past in (99, 3):
        assert "sliding_window" in reasons(at(past=past), at(past=past, window=6))["slid"]
        assert "sliding_window" in reasons(at(past=past), at(past=past, window=6))["some"]


@pytest.mark.parametrize("row", [((), {}), (("gone",), {}), (("x",), {"past": "text"}), (("x",), {})])
@pytest.mark.parametrize("op", ["cache", "attention"])
def test_a_row_that_somebody_wrote_is_of_no_context(op: str, row: tuple[tuple[str, ...], dict[str, Any]]) -> None:
    inputs, fields = row
    layer = LockedLayer("a", op, fields | {"sliding_window": 8}, inputs, (8,))
    assert whole_windows(Snapshot("n", {"x": (8,)}, ("fp32",), {}, (layer,))) == frozenset()


def windows(before: str, after: str) -> set[tuple[str, int | None, int | None]]:
    """Layers, and their windows before and after, where they are not the same."""
    return {
        (layer.row.name, reason.before, reason.after)
        for layer in diff(before, after).layers
        for reason in layer.reasons
        if reason.what == "sliding_window"
    }


NONE = SPEC.replace("sliding_window: window", "sliding_window: past + tokens").replace(", window: 8", "")


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "net.yaml").write_text(SPEC)
    return str(tmp_path / "net.yaml")


def test_two_windows_that_are_just_full_are_told_apart(spec: str) -> None:
    found = windows(f"{spec} --context 8", f"{spec} --context 12 --set window=12")
    assert found == {("slid", 8, 12), ("some", 8, 12)}


def test_a_layer_without_a_window_has_none_at_any_context(tmp_path: Path, spec: str) -> None:
    whole = tmp_path / "whole.yaml"
    whole.write_text(NONE)
    for context in (8, 12):
        found = windows(f"{spec} --context {context}", f"{whole} --context {context}")
        assert found == {("slid", 8, None), ("some", 8, None)}
        found = windows(f"{whole} --context {context}", f"{spec} --context 8")
        assert found == {("slid", None, 8), ("some", None, 8)}
        assert diff(f"{spec} --context {context}", f"{whole} --context {context}").is_edited
        assert not diff(f"{spec} --context {context}", f"{spec} --context {context}").is_edited
    assert windows(f"{whole} --context 8", f"{whole} --context 12") == set()


def test_a_lock_knows_only_what_is_written(tmp_path: Path, spec: str) -> None:
    text = SPEC.replace("tokens: 1, past: 0", "tokens: 8, past: 0")
    Path(spec).write_text(text)
    lock = locked([spec, f"{spec} --context 32"], ["fp32"], tmp_path)

    def found(text: str) -> list[set[tuple[Any, Any]]]:
        Path(spec).write_text(text)
        of = [outcome.difference for outcome in check_specs(lock, tmp_path)]
        return [
            {(r.before, r.after) for layer in each.layers for r in layer.reasons if r.what == "sliding_window"}
            if each
            else set()
            for each in of
        ]

    assert found(text) == [set(), set()]
    assert found(text.replace("window: 8", "window: 9")) == [{(8, 9)}, {(8, 9)}]
    assert found(NONE.replace("tokens: 1", "tokens: 8")) == [
        set(),
        {(8, None)},
    ]  # at its own context, the lock cannot tell 8 tokens from all


def test_where_a_spec_is_of_one_context_alone_nothing_is_known_of_windows() -> None:
    def fails() -> Graph:
        raise SpecError([])

    analysis = analyse(loads(SPEC), {"past": 7})
    found = snapshot([analysis], ["fp32"])
    assert with_unlimited(found, analysis.graph).unlimited == {"kept", "sees"}
    assert with_unlimited(found, replace(analysis.graph, at_other_context=fails)).unlimited is None
    assert with_unlimited(found, replace(analysis.graph, at_other_context=None)).unlimited == frozenset()
