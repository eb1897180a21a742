"""A format for each role of a tensor: the named choices, and what a policy chooses by its name."""

from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from calc.model.graph import Graph
from calc.precision import is_policy, resolve
from calc.precision.roles import DEFAULTS, roles_named, roles_of
from calc.spec import load, loads
from tests.calc.graphs import Draft

CHOICES = [name for name in DEFAULTS if name != "experts"]
"""Those that are not about experts alone."""
LANGUAGE_MODEL = """
name: a table, a matrix, a norm and a head
input: {shape: [8], dtype: int64}
layers:
  table: {embedding: {num_embeddings: 100, embedding_dim: 64}}
  matrix: {linear: 64}
  norm: layer_norm
  head: {linear: {out_features: 100, bias: false}}
"""


def convolution() -> Graph:
    draft = Draft(3, 8, 8)
    draft.add("conv", "conv2d", out_channels=4, kernel_size=3)
    draft.add("norm", "batch_norm")
    return draft.graph()


def language_model(bits: str) -> Analysis:
    return analyse(loads(LANGUAGE_MODEL), bits=bits)


@pytest.mark.parametrize("bits", ["fp16", "bf16", "float16"])
def test_half_precision_is_the_whole_network(bits: str) -> None:
    analysis = analyse(convolution(), bits=bits)
    assert analysis.totals.weight_bytes == 2 * (4 * 3 * 9 + 4 + 2 * 4) == 2 * analysis.totals.params == 240
    assert analysis.totals.peak_activation_bytes == 2 * (3 * 8 * 8 + 4 * 6 * 6)


def test_half_precision_is_that_of_a_network_without_macs_too() -> None:
    draft = Draft(3, 8, 8)
    draft.add("pool", "max_pool2d", kernel_size=2)
    peaks = [analyse(draft.graph(), bits=bits).totals.peak_activation_bytes for bits in ("fp32", "fp16", "16")]
    assert peaks == [4 * 3 * (64 + 16), 2 * 3 * (64 + 16), 4 * 3 * (64 + 16)]


def test_resnet50_in_half_precision() -> None:
    assert analyse(load("resnet50"), bits="fp16").totals.weight_bytes == 51_114_064


def test_fp32_is_what_paper_says_of_32_bits() -> None:
    assert language_model("fp32").totals == language_model("32").totals
    assert language_model("fp16:paper").totals == language_model("16").totals


def test_paper_narrows_what_is_multiplied() -> None:
    table, matrix, head = 100 * 64, 64 * 64, 64 * 100
    assert language_model("4").totals.weight_bytes == (4 * (matrix + head) + 32 * (table + 64 + 2 * 64)) // 8


def test_deployed_has_integer_biases_and_tables_as_the_weights_are() -> None:
    analysis = language_model("8:deployed")
    table, matrix, head = 100 * 64, 64 * 64, 64 * 100
    assert analysis.policy == "8:deployed"
    assert analysis.totals.weight_bytes == table + matrix + head + 4 * 64 + 4 * 2 * 64
    assert {tensor.role: tensor.format.name for tensor in analysis.stored} == {
        "embedding": "8", "weight": "8", "bias": "int32", "norm": "fp32",
    }  # fmt: skip


def test_a_language_model_keeps_all_but_its_matrices_in_half_precision() -> None:
    analysis = language_model("int4g128")
    table, matrix, head, small = 100 * 64, 64 * 64, 64 * 100, 64 + 2 * 64
    # a row of 64 is one short group, with one scale
    assert analysis.totals.weight_bytes == matrix // 2 + 2 * 64 + 2 * (table + head + small)
    bits = {layer.name: (layer.weight_bits, layer.activation_bits, layer.rule) for layer in analysis.layers}
    assert bits["matrix"] == (4, 16, "all layers")
    assert bits["head"] == (16, 16, "head: bf16")
    assert analysis.totals.bitops["weight"] == 8 * (4 * matrix + 16 * head)


def test_a_head_that_is_not_quantised_reads_at_its_own_width() -> None:
    bits = {layer.name: (layer.weight_bits, layer.activation_bits) for layer in language_model("w4a8:llm").layers}
    assert (bits["matrix"], bits["head"]) == ((4, 8), (16, 16))


def test_a_name_says_what_stands_beside() -> None:
    texts = ("8", "adaptive", "fp16", "int4g128", "int4g128:paper", "spec:llm", "w4g128a8", "fp8", "mxint8")
    given = [roles_of(resolve(text)) for text in texts]
    assert [roles and roles.name for roles in given] == [None, None, "fp16", "llm", "paper", "llm", *["llm"] * 3]


@pytest.mark.parametrize("bits", ["int8", "int4_asym", "int8_tensor", "int4-a8", "ternary", "binary"])
def test_integers_that_activations_are_in_too_leave_the_rest_open_as_plain_widths_do(bits: str) -> None:
    assert roles_of(resolve(bits)) is None


def test_int8_weights_that_activations_of_16_bits_meet_are_of_a_language_model() -> None:
    assert roles_of(resolve("int8-abf16")) == roles_named("llm")


def test_int8_is_8_and_a_scale_for_each_output_channel() -> None:
    plain, scaled = (analyse(load("ds_cnn"), bits=bits, deployed=True).totals for bits in ("8", "int8"))
    assert scaled.bitops == plain.bitops
    assert scaled.weight_bytes == plain.weight_bytes + 2 * 588


def test_fp32_is_fp32_where_the_network_is_deployed_too() -> None:
    analysis = analyse(loads(LANGUAGE_MODEL), deployed=True)
    assert (analysis.roles.name, analysis.formats_by_role["biases"]) == ("fp32", ("fp32",))


def test_a_choice_said_twice_is_refused() -> None:
    for text in ("8:llm:paper", "8" + ":llm" * 3000):
        with pytest.raises(OpError, match="has two endings that choose the stored formats"):
            resolve(text)
        assert not is_policy(text)


def test_what_a_policy_does_not_say_is_paper_or_deployed_where_the_network_is() -> None:
    model = loads(LANGUAGE_MODEL)
    assert [analyse(model, bits=8, deployed=deployed).roles.name for deployed in (False, True)] == ["paper", "deployed"]
    assert analyse(model, bits="8:paper", deployed=True).totals.weight_bytes == language_model("8").totals.weight_bytes


@pytest.mark.parametrize("bits", ["8", "w4a8", "adaptive", "mac-share", "fp32"])
def test_no_choice_moves_the_bit_operations_of_a_network_without_a_head(bits: str) -> None:
    plain = analyse(convolution(), bits=bits).totals.bitops
    assert [analyse(convolution(), bits=f"{bits}:{name}").totals.bitops for name in CHOICES] == [plain] * 3


def test_weights_that_are_not_run_are_as_the_others_where_they_are_deployed() -> None:
    draft = Draft(3, 8, 8)
    draft.add("conv", "conv2d", out_channels=4, kernel_size=3, bias=False)
    draft.add("late", "conv2d", (0,), training_only=True, out_channels=2, kernel_size=3, bias=False)
    totals = {name: analyse(draft.graph(), bits=f"8:{name}").totals.weight_bytes for name in CHOICES}
    run, late = 4 * 27, 2 * 27
    assert totals == {"paper": run + 4 * late, "deployed": run + late, "llm": run + 2 * late}


MIXTURE = """
name: two matrices, a router and three experts, and a head
input: {shape: [6, 8], channels: last}
layers:
  matrix: {linear: {out_features: 8, bias: false}}
  router: {linear: {out_features: 3, bias: false}}
  scores: {softmax: -1}
  moe: {experts: {expert: {linear: {out_features: 8, bias: false}}, count: 3, active: 1}, from: [matrix, scores]}
  norm: {layer_norm: {affine: false}}
  head: {linear: {out_features: 5, bias: false}}
"""


@pytest.mark.parametrize(
    "choice, kept",
    [("paper", []), ("llm", ["router", "head"]), ("experts", ["matrix", "router", "head"])],
)
def test_what_is_no_matrix_of_a_language_model_keeps_half_precision(choice: str, kept: list[str]) -> None:
    analysis = analyse(loads(MIXTURE), bits=f"int4g8:{choice}")
    widths = {layer.name: (layer.weight_bits, layer.rule) for layer in analysis.layers if layer.weight_bits}
    assert [name for name, (bits, _) in widths.items() if bits == 16] == kept
    assert widths["moe.*"] == (4, "all layers")
    assert [rule for _, rule in widths.values() if rule == "router: bf16"] == ["router: bf16"] * ("router" in kept)


def test_a_router_may_have_a_format_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("stores: {default: llm, weights: int4g8, router: fp32}\n", encoding="utf-8")
    found = analyse(loads(MIXTURE), bits=str(file))
    assert {layer.name: layer.weight_bits for layer in found.layers}["router"] == 32
    with pytest.raises(SpecError, match=r"stores: router: nothing in .* has this role"):
        analyse(loads(LANGUAGE_MODEL), bits=str(file))


def test_experts_alone_are_narrowed_where_there_are_some() -> None:
    with pytest.raises(OpError, match=r":experts is about experts; .* has none"):
        language_model("mxfp4:experts")
