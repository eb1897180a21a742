"""What tensors are, judged by their names."""

import pytest

from calc.weights.roles import roles
from calc.weights.stored import StoredTensor


def tensor(name: str, *sizes: int) -> StoredTensor:
    return StoredTensor(name, sizes, 1, "F32", 0, 4)


@pytest.mark.parametrize(
    "name, sizes, role",
    [
        ("model.layers.0.self_attn.q_proj.weight", (8, 8), "weight"),
        ("model.layers.0.self_attn.q_proj.bias", (8,), "bias"),
        ("model.layers.0.input_layernorm.weight", (8,), "norm"),
        ("model.layers.0.self_attn.q_norm.weight", (8,), "norm"),
        ("model.embed_tokens.weight", (32, 8), "embedding"),
        ("lm_head.weight", (32, 8), "head"),
        ("token_embd.weight", (32, 8), "embedding"),
        ("output.weight", (32, 8), "head"),
        ("output_norm.weight", (8,), "norm"),
        ("rope_freqs.weight", (8,), "buffer"),
        ("blk.0.ffn_gate_inp.weight", (4, 8), "weight"),
        ("blk.0.ffn_down_exps.weight", (4, 8, 8), "weight"),
        ("blk.0.exp_probs_b.bias", (4,), "bias"),
        ("transformer.wte.weight", (32, 8), "embedding"),
        ("transformer.h.0.ln_1.bias", (8,), "norm"),
        ("embeddings.LayerNorm.weight", (8,), "norm"),
        ("shared.weight", (32, 8), "embedding"),
        ("conv1.weight", (8, 3, 3, 3), "weight"),
        ("bn1.running_var", (8,), "buffer"),
        ("layer1.0.downsample.1.weight", (8,), "norm"),
        ("patch_embed.proj.weight", (8, 3, 4, 4), "weight"),
        ("v.patch_embd.weight", (8, 3, 4, 4), "weight"),
        ("spectral_norm.weight", (8, 8), "weight"),
        ("pos_embed", (1, 5, 8), "embedding"),
        ("class_token", (1, 1, 8), "embedding"),
        ("rnn.bias_ih_l0", (8,), "bias"),
        ("encoder.in_proj_bias", (8,), "bias"),
        ("blocks.0.ls1.gamma", (8,), "norm"),
        ("model.layers.0.mlp.up_proj.input_scale", (), "buffer"),
        ("sinks", (8,), "other"),
        ("heads.head.weight", (10, 8), "head"),
        ("ensemble.weight", (10, 8), "weight"),
    ],
)
def test_a_role_is_judged_by_name_and_sizes(name: str, sizes: tuple[int, ...], role: str) -> None:
    assert roles([tensor(name, *sizes)]) == (role,)


def test_a_norm_that_is_called_by_a_number_is_known_by_its_statistics() -> None:
    found = roles(
        [tensor("features.0.1.bias", 8), tensor("features.0.1.running_mean", 8), tensor("features.0.0.bias", 8)]
    )
    assert found == ("norm", "buffer", "bias")


def test_of_several_linear_layers_the_last_is_the_head() -> None:
    names = ["classifier.0.weight", "classifier.10.weight", "classifier.6.weight"]
    assert roles([tensor(name, 4, 4) for name in names]) == ("weight", "head", "weight")
