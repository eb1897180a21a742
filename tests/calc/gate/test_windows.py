"""A window that is the whole context, as that of a layer without one, is no edit where the context is another."""

from typing import Any

import pytest

from calc.analysis import analyse
from calc.gate.difference import difference
from calc.gate.snapshot import LockedLayer, Snapshot, snapshot
from calc.gate.windows import whole_windows
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
