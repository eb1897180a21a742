"""``bits:`` by part of a fused op."""

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.spec import loads


def at_spec(layer: str) -> Analysis:
    return analyse(loads(f"name: x\ninput: {{shape: [5, 6], channels: last}}\nlayers: {{a: {layer}}}"), bits="spec")


def test_each_matrix_of_a_recurrent_layer_has_its_width() -> None:
    analysis = at_spec("{lstm: {hidden_size: 3}, bits: {weight_ih: 8, weight_hh: 4}}")
    into, around, biases = 4 * 3 * 6, 4 * 3 * 3, 2 * 4 * 3
    assert analysis.totals.weight_bits_total == 8 * into + 4 * around + 32 * biases
    assert analysis.totals.bitops["weight"] == 5 * (8 * into + 4 * around)
    # every weight has a width, so activations have the widest
    assert analysis.totals.bitops["product"] == 5 * (8 * 8 * into + 4 * 8 * around)
    (row,) = analysis.layers
    assert (row.activation_bits, row.weight_bits_total) == (8, analysis.totals.weight_bits_total)


def test_what_no_part_names_has_the_bits_around_it() -> None:
    layers = "{chain: {m: {multihead_attention: {num_heads: 2}, bits: {out_proj: 4}}}, bits: 8}"
    analysis = at_spec(layers)
    assert analysis.totals.weight_bits_total == 8 * 3 * 36 + 4 * 36 + 32 * 4 * 6
    scores = 2 * 5 * 5 * 6
    assert analysis.totals.bitops["weight"] == 8 * (5 * 3 * 36 + scores) + 4 * 5 * 36


def test_without_any_around_it_32() -> None:
    analysis = at_spec("{multihead_attention: {num_heads: 2}, bits: {out_proj: 4, out_proj.bias: 16}}")
    assert analysis.totals.weight_bits_total == 32 * 3 * 36 + 4 * 36 + 32 * 3 * 6 + 16 * 6


@pytest.mark.parametrize(
    "layer, fact",
    [
        (
            "{lstm: 3, bits: {weight_hx: 4}}",
            "a (lstm): bits: the layer has no part weight_hx\n  hint: did you mean weight_ih_l0 or weight_hh_l0?",
        ),
        ("{lstm: 3, bits: {weight_hh: w4a8}}", "a (lstm): bits of the part weight_hh: w4a8: a part takes one width"),
        ("{lstm: 3, bits: {weight_hh: 65}}", "a: bits=65: must be an integer from 1 to 64"),
        ("{layer_norm: , bits: {weight: 4}}", "a (layer_norm): bits by part are for a layer that multiplies"),
        ("{chain: [{lstm: 3}], bits: {weight_hh: 4}}", "bits by part are for one op, not for several layers"),
    ],
)
def test_what_is_refused(layer: str, fact: str) -> None:
    with pytest.raises(SpecError) as caught:
        at_spec(layer)
    (problem,) = caught.value.problems
    assert fact in str(problem)


def test_an_alias_writes_them_once_for_all_its_calls() -> None:
    spec = """
name: x
input: {shape: [5, 6], channels: last}
blocks:
  Cell: {is: {lstm: {hidden_size: 6, bias: false}, bits: {weight_ih: 8, weight_hh: 4}}}
  Norm: {is: {layer_norm: , bits: 16}}
layers: [Cell, Norm, Cell]
"""
    assert analyse(loads(spec), bits="spec").totals.weight_bits_total == 2 * (8 + 4) * 24 * 6 + 16 * 2 * 6


def test_the_longest_name_decides_in_any_order() -> None:
    parts = ["weight_hh: 8", "weight_hh_l0: 2"]
    for order in (parts, parts[::-1]):
        analysis = at_spec(f"{{lstm: {{hidden_size: 3, num_layers: 2, bias: false}}, bits: {{{', '.join(order)}}}}}")
        (layer,) = [node for node in analysis.graph.nodes if node.part_formats]
        widths = {name: part.code_bits for name, part in layer.part_formats.items()}
        assert widths == {"weight_hh_l0": 2, "weight_hh_l1": 8}
