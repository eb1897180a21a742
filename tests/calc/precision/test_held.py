"""Bits of what layers hold and do not multiply."""

from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.spec import loads

TABLE = """
name: embedding at 8 bits
input: {shape: [8], dtype: int64}
layers:
  emb: {embedding: {num_embeddings: 1000, embedding_dim: 64}, bits: 8}
  fc: {linear: {out_features: 64, bias: false}, bits: 4}
"""


def at_spec(layers: str, shape: str = "[4, 6]") -> Analysis:
    return analyse(loads(f"name: x\ninput: {{shape: {shape}, channels: last}}\nlayers:\n{layers}"), bits="spec")


def test_a_table_and_a_matrix_each_at_its_own_width() -> None:
    analysis = analyse(loads(TABLE), bits="spec")
    assert analysis.totals.weight_bytes == 1000 * 64 + 64 * 64 // 2 == 66_048
    rows = {layer.name: (layer.weight_bits_total, layer.rule) for layer in analysis.layers}
    assert rows == {"emb": (8 * 1000 * 64, "tensors at 8"), "fc": (4 * 64 * 64, "spec")}


def test_other_policies_leave_them_at_32() -> None:
    assert analyse(loads(TABLE), bits=4).totals.weight_bytes == 4 * 1000 * 64 + 64 * 64 // 2


def test_norms_scales_and_tensors() -> None:
    layers = "  norm: {layer_norm: , bits: 16}\n  scale: {layer_scale: -1, bits: 8}\n"
    layers += "  own: {tensor: [6], bits: 2}\n  sum: {add: , from: [scale, own]}\n  fc: {linear: 3}\n"
    total = at_spec(layers).totals.weight_bits_total
    assert total == 16 * 2 * 6 + 8 * 6 + 2 * 6 + 32 * (6 * 3 + 3)


def test_bits_around_layers_without_macs_hold_for_all_of_them() -> None:
    inside = at_spec("  all: {chain: [layer_norm, {layer_scale: -1, bits: 4}], bits: 8}\n").totals
    assert inside.weight_bits_total == 8 * 2 * 6 + 4 * 6
    # where a layer has MACs, it is meant, as ever
    mixed = at_spec("  all: {chain: [layer_norm, {linear: {out_features: 6, bias: false}}], bits: 8}\n").totals
    assert mixed.weight_bits_total == 32 * 2 * 6 + 8 * 36


def test_a_tensor_that_another_layer_multiplies_has_one_width() -> None:
    layers = "  own: {tensor: [3, 6], bits: 8}\n"
    layers += "  fc: {linear: {out_features: 3, bias: false}, from: [input, own], bits: BITS}\n"
    assert at_spec(layers.replace("BITS", "8")).totals.weight_bits_total == 8 * 18
    with pytest.raises(SpecError) as caught:
        at_spec(layers.replace("BITS", "4"))
    (problem,) = caught.value.problems
    assert str(problem).startswith("<text>:4:9: own (tensor): bits=8: fc multiplies its tensor, at 4 bits")


def test_a_file_of_rules_names_them_or_their_op(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("default: 4\nrules: [{op: embedding, bits: 8}]")
    assert analyse(loads(TABLE), bits=str(file)).totals.weight_bytes == 66_048
    file.write_text("rules: [{name: '*', bits: 4}, {name: emb, bits: 8}]")
    assert analyse(loads(TABLE), bits=str(file)).totals.weight_bytes == 66_048
    # a pattern means the layers with MACs, as ever
    file.write_text("rules: [{name: '*', bits: 4}]")
    assert analyse(loads(TABLE), bits=str(file)).totals.weight_bytes == 4 * 64_000 + 2048
    file.write_text("rules: [{op: relu, bits: 4}]")
    with pytest.raises(SpecError, match="matches no layer"):
        analyse(loads(TABLE), bits=str(file))
