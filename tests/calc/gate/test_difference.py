"""What changed, and why: planted changes, and drawn ones against the numbers themselves."""

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from calc.gate.difference import Difference, LayerChange, Move, Reason, difference
from calc.gate.snapshot import snapshot
from calc.spec.load import loads
from tests.calc.gate.networks import NUMBERED, OPAQUE, OPAQUE_HOLDS_NOTHING, SPEC, changed, of
from tests.drawn_specs import specs
from tests.strategies import import_drawing

import_drawing()

WIDTH = "stem: {conv2d: {out_channels: 8"
DEPTH = "depthwise: {conv2d: {out_channels: 8"
STRIDE = "point: {conv2d: {out_channels: 12, kernel_size: 1"


def causes(found: Difference) -> list[LayerChange]:
    return [layer for layer in found.layers if layer.is_cause and layer.moves]


@pytest.mark.parametrize(
    "old, new, layer, reasons",
    [
        (STRIDE, STRIDE + ", stride: 2", "point", [Reason("stride", 1, 2)]),
        (STRIDE, STRIDE.replace("12", "16"), "point", [Reason("out_channels", 12, 16)]),
        ("groups: 8, ", "", "depthwise", [Reason("groups", 8, 1)]),
        ("groups: 8, ", "groups: 4, ", "depthwise", [Reason("groups", 8, 4)]),
        (
            f"{WIDTH}, kernel_size: 3, padding: 1",
            f"{WIDTH}, kernel_size: 5, padding: 2",
            "stem",
            [Reason("kernel_size", 3, 5), Reason("padding", 1, 2)],
        ),
        ("linear: 10", "linear: {out_features: 10, bias: false}", "head", [Reason("bias", True, False)]),
        ("act: relu", "act: gelu", "act", [Reason("op", "relu", "gelu")]),
    ],
)
def test_a_planted_change_is_found_at_its_layer_with_its_reason(
    old: str, new: str, layer: str, reasons: list[Reason]
) -> None:
    found = changed(SPEC, old, new)
    assert found.is_moved
    (cause,) = causes(found)
    assert cause.row.name == layer
    assert [reason for reason in cause.reasons if reason.what != "input"] == reasons


def test_a_layer_without_counts_of_its_own_that_is_run_again_is_a_cause() -> None:
    spec = "name: s\ninput: [3, 4]\nlayers:\n  act: relu\n  aux: {permute: [0, 2, 1], training_only: true}\n"
    found = changed(spec, "training_only: true", "training_only: false")
    (cause,) = causes(found)
    assert (cause.row.name, cause.reasons) == ("aux", (Reason("training_only", True, None),))
    assert {move.quantity: move.delta for move in found.moves} == {"activation_elements": 3 * 4}


def test_a_field_that_moves_elements_alone_is_a_cause() -> None:
    pooled = SPEC.replace(
        "  act: relu\n", "  act: relu\n  smooth: {max_pool2d: {kernel_size: 3, stride: 1, padding: 1}}\n"
    )
    found = changed(pooled, "{kernel_size: 3, stride: 1, padding: 1}", "{kernel_size: 5, stride: 1, padding: 2}")
    (cause,) = causes(found)
    assert (cause.row.name, cause.reasons) == ("smooth", (Reason("kernel_size", 3, 5), Reason("padding", 1, 2)))
    assert {move.quantity: move.delta for move in found.moves} == {
        "elementwise.max_pool2d": 8 * 16 * 16 * (5 * 5 - 3 * 3)
    }


def test_two_ops_that_change_places_are_two_causes_though_no_total_moves() -> None:
    text = SPEC.replace("  act: relu\n", "  act: relu\n  more: relu6\n")
    found = changed(text, "act: relu\n", "act: relu6\n", "more: relu6", "more: relu")
    assert (found.moves, found.is_moved) == ((), True)
    assert [layer.row.name for layer in causes(found)] == ["act", "more"]


def test_an_op_without_elements_in_the_place_of_another_moves_nothing() -> None:
    text = SPEC.replace("  flatten: flatten\n", "  flatten: flatten\n  drop: identity\n")
    found = changed(text, "drop: identity", "drop: {dropout: 0.2}")
    assert (causes(found), found.is_moved) == ([], False)


def test_a_change_of_width_is_one_cause_and_the_rest_follows() -> None:
    found = changed(
        SPEC, WIDTH, WIDTH.replace("8", "16"), "groups: 8, ", "groups: 16, ", DEPTH, DEPTH.replace("8", "16")
    )
    assert [layer.row.name for layer in causes(found)] == ["stem", "depthwise"]
    follows = {layer.row.name: layer.reasons for layer in found.layers if not layer.is_cause}
    assert follows["point"] == (Reason("input", (8, 16, 16), (16, 16, 16)),)
    assert list(follows) == ["norm", "act", "point"]


def test_a_removed_layer() -> None:
    found = changed(SPEC, "  norm: batch_norm\n", "")
    (removed,) = causes(found)
    assert (removed.change, removed.row.name, removed.delta_params) == ("removed", "norm", -16)
    assert [layer.row.name for layer in found.layers if layer.moves] == ["norm"]


def test_an_added_layer() -> None:
    found = changed(SPEC, "  act: relu\n", "  act: relu\n  more: {conv2d: {out_channels: 8, kernel_size: 1}}\n")
    (added,) = causes(found)
    assert (added.change, added.row.name, added.delta_macs) == ("added", "more", 8 * 8 * 16 * 16)


def test_a_layer_removed_from_a_numbered_list_renames_those_after_it() -> None:
    found = changed(NUMBERED, "    - {conv2d: {out_channels: 4, kernel_size: 1}}\n", "")
    (removed,) = causes(found)
    assert (removed.change, removed.row.name) == ("removed", "features.2")
    renamed = [
        (layer.before.name, layer.row.name) for layer in found.layers if layer.change == "renamed" and layer.before
    ]
    assert renamed == [("features.3", "features.2"), ("features.4", "features.3"), ("features.5", "features.4")]


def test_a_renamed_layer_moves_no_total_and_is_reported() -> None:
    found = changed(SPEC, "  point:", "  pointwise:")
    assert found.moves == ()
    assert found.is_moved
    (renamed,) = [layer for layer in found.layers if layer.change == "renamed"]
    assert (renamed.before and renamed.before.name, renamed.row.name, renamed.reasons) == ("point", "pointwise", ())
    assert len(found.layers) == 1


def test_a_renamed_block_renames_its_layers() -> None:
    found = changed(NUMBERED, "features:", "body:")
    assert {layer.change for layer in found.layers} == {"renamed"}
    assert len(found.layers) == 6


def test_rewiring_is_a_cause() -> None:
    text = SPEC.replace("  act: relu\n", "  act: relu\n  sum: {add: , from: [act, norm]}\n")
    found = changed(text, "from: [act, norm]", "from: [act, act]")
    (cause,) = [layer for layer in found.layers if layer.is_cause]
    assert (cause.row.name, cause.reasons) == ("sum", (Reason("from", "act norm", "act act"),))


def test_a_changed_policy_names_the_bits_of_each_layer() -> None:
    analysis = analyse(loads(SPEC), bits="8")
    before = snapshot([analysis], ["rules.yaml"])
    after = snapshot([analysis.with_bits("w4a8")], ["rules.yaml"])
    found = difference(before, after)
    assert [layer.row.name for layer in causes(found)] == ["stem", "depthwise", "point", "head"]
    assert {layer.reasons for layer in found.layers} == {(Reason("bits@rules.yaml", "8", "w4a8"),)}
    assert {move.quantity.partition("@")[0] for move in found.moves} >= {"bitops.weight", "weight_bytes"}
    assert "macs" not in {move.quantity for move in found.moves}


def test_one_bit_more_on_one_layer() -> None:
    written = SPEC.replace("kernel_size: 1, bias: false}}", "kernel_size: 1, bias: false}, bits: 4}")
    found = changed(written, "bits: 4", "bits: 5", policies=("spec",))
    (cause,) = causes(found)
    assert (cause.row.name, cause.reasons) == ("point", (Reason("bits@spec", "4", "5"),))
    moved = {move.quantity: move.delta for move in found.moves}
    assert moved["bitops.weight@spec"] == 12 * 8 * 16 * 16
    assert moved["weight_bits_total@spec"] == 12 * 8


def test_another_input_size_is_said_once() -> None:
    found = changed(SPEC, "input: [3, 16, 16]", "input: [3, 20, 20]")
    assert (found.before.inputs, found.after.inputs) == ({"input": (3, 16, 16)}, {"input": (3, 20, 20)})
    assert causes(found) == []


def test_a_counting_rule_that_changed_is_told_from_an_edit() -> None:
    before = of(SPEC)
    rows = [row._replace(macs=row.macs + 1) if row.name == "head" else row for row in before.layers]
    found = difference(before, before._replace(layers=tuple(rows)))
    (layer,) = found.layers
    assert (layer.row.name, layer.reasons) == ("head", (Reason("macs", 120, 121),))


def test_an_edit_that_moves_no_number_is_no_move() -> None:
    text = SPEC.replace("  flatten: flatten\n", "  flatten: flatten\n  drop: {dropout: 0.2}\n")
    found = changed(text, "dropout: 0.2", "dropout: 0.5")
    assert not found.is_moved
    (edit,) = found.layers
    assert (edit.reasons, edit.moves) == ((Reason("p", 0.2, 0.5),), False)


def test_nothing_differs_from_itself() -> None:
    found = difference(of(SPEC), of(SPEC))
    assert (found.moves, found.layers, found.is_moved) == ((), (), False)


def numbers(analysis: Analysis) -> Any:
    """Every count, shape and width that a report shows, by the report's own path."""
    keys = (
        "name",
        "input_shape",
        "output_shape",
        "params",
        "buffers",
        "macs",
        "effective_macs",
        "weight_bits",
        "activation_bits",
        "bitops",
        "weight_bits_total",
        "output_elements",
    )
    return analysis.totals, [[getattr(row, key) for key in keys] for row in analysis.layers]


_others = {
    int: lambda value: st.sampled_from([value + 1, max(0, value - 1), 2 * value]),
    bool: lambda value: st.just(not value),
    float: lambda value: st.just(value / 2 + 0.1),
}


def fields_of(node: Any) -> list[tuple[dict[str, Any], str]]:
    """Every place in a spec's layers where an op's field holds a number or a boolean."""
    found: list[tuple[dict[str, Any], str]] = []
    if isinstance(node, dict):
        found += [(node, key) for key, value in node.items() if type(value) in _others]
        for value in node.values():
            found += fields_of(value)
    elif isinstance(node, list):
        for item in node:
            found += fields_of(item)
    return found


@settings(max_examples=40, report_multiple_bugs=False)
@given(st.data())
def test_any_change_of_one_field_is_caught_if_and_only_if_it_moves_a_number(data: st.DataObject) -> None:
    drawn = data.draw(specs())
    spec = json.loads(drawn.text)
    places = fields_of(spec["layers"])
    assume(places)
    where, key = data.draw(st.sampled_from(places))
    before = analyse(loads(drawn.text), bits="w4a8")
    where[key] = data.draw(_others[type(where[key])](where[key]))
    try:
        after = analyse(loads(json.dumps(spec)), bits="w4a8")
    except (SpecError, OpError):
        assume(False)
    found = difference(snapshot([before], ["w4a8"]), snapshot([after], ["w4a8"]))
    assert found.is_moved == (numbers(before) != numbers(after))
    if found.is_moved:
        assert causes(found)


TWO = """\
name: Two
input: {image: [2, 4, 4], text: {shape: [3, 2], channels: last}}
layers:
  flat: {flatten: 2}
  queries: {permute: [0, 2, 1]}
  keys: {permute: [0, 2, 1], from: text}
  scores: {matmul: , from: [queries, keys]}
output: [scores, keys]
"""


def test_another_size_of_a_second_input_is_followed() -> None:
    found = changed(TWO, "[3, 2]", "[5, 2]")
    assert (found.has_other_ends, found.is_moved, causes(found)) == (True, True, [])
    assert (found.before.inputs["text"], found.after.inputs["text"]) == ((3, 2), (5, 2))
    assert [(layer.row.name, layer.reasons[0]) for layer in found.layers] == [
        ("keys", Reason("input", (3, 2), (5, 2))),
        ("scores", Reason("input", (2, 3), (2, 5))),
    ]


def test_other_outputs_are_a_change() -> None:
    found = changed(TWO, "[scores, keys]", "[keys, scores]")
    assert (found.moves, found.layers, found.has_other_ends, found.is_moved) == ((), (), True, True)


def test_without_experts_all_params_are_active() -> None:
    dense = "name: N\ninput: {shape: [4], channels: last}\nlayers:\n  r: {linear: {out_features: 3, bias: false}}\n"
    sparse = dense + "  m: {experts: {expert: {linear: 4}, count: 3, active: 1}, from: [input, r]}\n"
    found = difference(of(dense), of(sparse))
    moved = {move.quantity: (move.before, move.after) for move in found.moves}
    assert moved["active_params"] == (4 * 3, 4 * 3 + 4 * 4 + 4)


def test_a_field_of_experts_has_its_default() -> None:
    moe = "{experts: {expert: {linear: 4}, count: 3, active: 1%s}, from: [input, r]}"
    spec = "name: N\ninput: {shape: [4], channels: last}\nlayers:\n  r: {linear: 3}\n  m: " + moe
    found = difference(of(spec % ""), of(spec % ", normalize: sum"))
    assert [layer.reasons for layer in found.layers] == [(Reason("normalize", "softmax", "sum"),)]


def test_a_number_that_becomes_a_lower_bound_moves_though_it_is_the_same() -> None:
    exact, bound = of(SPEC), of(OPAQUE_HOLDS_NOTHING)
    moves = {move.quantity: move for move in difference(exact, bound).moves}
    assert moves["macs"] == Move("macs", exact.quantities["macs"], exact.quantities["macs"], (False, True))
    assert {name.partition(".")[0].partition("@")[0] for name, move in moves.items() if move.at_least[1]} == {
        "macs", "effective_macs", "bitops", "peak_activation_bytes", "activation_elements", "elementwise",
    }  # fmt: skip
    assert [move.at_least for move in difference(bound, exact).moves] == [(True, False)] * len(moves)
    assert not difference(bound, bound).moves


def test_what_a_layer_holds_becoming_known_is_a_change_that_moves() -> None:
    found = difference(of(OPAQUE), of(OPAQUE_HOLDS_NOTHING))
    assert [move.quantity for move in found.moves] == ["params", "buffers", "weight_bits_total@8", "weight_bytes@8"]
    assert [(layer.row.name, layer.reasons) for layer in causes(found)] == [("act", (Reason("tensors", None, "none"),))]


def test_of_a_network_without_experts_all_params_are_active_and_as_little_known() -> None:
    with_experts = of(SPEC)._replace(quantities={"params": 9, "active_params": 5})
    found = difference(with_experts, of(OPAQUE))
    assert Move("active_params", 5, of(OPAQUE).quantities["params"], (False, True)) in found.moves
