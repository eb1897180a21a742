"""A config.json becomes the spec of its family, or is refused with all that is wrong, each at its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.configs import is_config, spec_of_config, text_of_config
from calc.errors import SpecError
from calc.spec import expand, load, loads
from tests.language.published import CONFIGS

SMALL: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}


LAST = ["full_attention"] * 3 + ["sliding_attention"]
QWEN_MOE = {"model_type": "qwen3_moe", "sliding_window": 7, "max_window_layers": 3}  # whose window is of all layers
QWEN = {"model_type": "qwen3", "sliding_window": 7, "use_sliding_window": True}


def text(**fields: Any) -> str:
    return text_of_config(json.dumps(SMALL | fields, indent=1).encode(), "config.json")


def problems(**fields: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        text(**fields)
    return [str(problem).splitlines()[0] for problem in caught.value.problems]


def windows(**fields: Any) -> Any:
    graph = expand(loads(text(**{"num_key_value_heads": 4} | fields)), {"past": 40, "tokens": 1})
    found = [node.op.values()["sliding_window"] for node in graph.nodes if node.op.word == "attention"]
    return [0 if seen == 41 else seen for seen in found]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_config_is_the_packaged_spec(name: str) -> None:
    made, packaged = (
        expand(each) for each in (loads(text_of_config(json.dumps(CONFIGS[name]).encode(), name)), load(name))
    )
    assert len(made.nodes) == len(packaged.nodes)
    for ours, theirs in zip(made.nodes, packaged.nodes, strict=True):
        assert (ours.name, ours.op, ours.inputs, ours.shape) == (theirs.name, theirs.op, theirs.inputs, theirs.shape)


def test_what_is_written_is_short() -> None:
    assert (
        text(num_key_value_heads=2, rms_norm_eps=1e-05, tie_word_embeddings=True)
        == """\
name: "llama"
source: its config.json
model_type: llama
# left out in the config (or null), so with transformers' defaults: attention_bias=false, head_dim=8, hidden_act=silu,
#   rope_theta=10000, mlp_bias=false, max_position_embeddings=2048
extends: family:decoder
params:
  vocabulary: 61
  dim: 32
  depth: 4
  heads: 4
  kv_heads: 2
  head: 8
  hidden: 48
  eps: 1.0e-05
  theta: 10000
  tied: true
  max_position_embeddings: 2048
"""
    )


def test_it_is_called_as_it_says_or_as_its_folder_is(tmp_path: Path) -> None:
    folder = tmp_path / "Mine-1B"
    folder.mkdir()
    file = folder / "config.json"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    assert spec_of_config(file).startswith('name: "Mine-1B"\n')
    assert text(_name_or_path="org/Model-2B").startswith('name: "Model-2B"\n')
    for nameless in ("", "./", "/", ".."):
        assert text(_name_or_path=nameless).startswith('name: "llama"\n')


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"model_type": "mistral", "sliding_window": 7}, [7] * 4),
        ({"model_type": "mistral", "sliding_window": None}, [0] * 4),
        ({"model_type": "gemma2", "sliding_window": 7}, [7, 0, 7, 0]),
        ({"model_type": "gemma3_text", "sliding_window": 7, "sliding_window_pattern": 3}, [7, 7, 0, 7]),
        ({"model_type": "qwen3", "sliding_window": 7, "use_sliding_window": False}, [0] * 4),
        (
            {"model_type": "qwen3", "sliding_window": 7, "use_sliding_window": True, "max_window_layers": 3},
            [0, 0, 0, 7],
        ),
        (
            {
                "model_type": "qwen2",
                "sliding_window": 7,
                "use_sliding_window": True,
                "layer_types": ["full_attention"] * 3 + ["sliding_attention"],
            },
            [0, 0, 0, 7],
        ),
        ({"model_type": "mistral", "sliding_window": 7, "layer_types": ["sliding_attention"] * 4}, [7] * 4),
        ({"model_type": "phi3", "sliding_window": None, "layer_types": ["full_attention"] * 4}, [0] * 4),
        (QWEN_MOE | {"use_sliding_window": True}, [7] * 4),
        (QWEN_MOE | {"use_sliding_window": False}, [0] * 4),
        (QWEN_MOE, [0] * 4),
    ],
)
def test_windows_by_layer(fields: dict[str, Any], expected: list[int]) -> None:
    assert windows(**fields) == expected


@pytest.mark.parametrize(
    "fields, expected",
    [({"decoder_sparse_step": 2}, [1, 3]), ({"mlp_only_layers": [2]}, [0, 1, 3]), ({}, [0, 1, 2, 3])],
)
def test_layers_with_experts(fields: dict[str, Any], expected: list[int]) -> None:
    some = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8}
    names = [node.name for node in expand(loads(text(model_type="qwen3_moe", **some, **fields))).nodes]
    assert [layer for layer in range(4) if f"model.layers.{layer}.mlp.gate" in names] == expected


@pytest.mark.parametrize(
    "kind, field, others",
    [
        ("falcon", "apply_residual_connection_post_layernorm", {"intermediate_size": None}),
        ("phi3", "attention_bias", {"sliding_window": 64, "max_position_embeddings": 32}),
        ("qwen2", "use_mrope", {"num_key_value_heads": 2}),
        ("bert", "is_decoder", {"hidden_act": "gelu"}),
    ],
)
def test_what_published_configs_say_of_what_is_not_there(kind: str, field: str, others: dict[str, Any]) -> None:
    unsaid = analyse(loads(text(model_type=kind, **others)))
    assert analyse(loads(text(model_type=kind, **others, **{field: False}))).totals == unsaid.totals
    with pytest.raises(SpecError, match=field):
        loads(text(model_type=kind, **others, **{field: True}))


@pytest.mark.parametrize(
    "given, published",
    [
        ({"model_type": "bert", "architectures": ["BertForMaskedLM"]}, 109_514_298),
        ({"model_type": "bert", "architectures": ["BertForSequenceClassification"]}, 109_482_240 + 2 * (768 + 1)),
        (
            {"model_type": "bert", "architectures": ["BertForTokenClassification"], "id2label": dict.fromkeys("abc")},
            109_482_240 - 768 * (768 + 1) + 3 * (768 + 1),
        ),
        (
            {
                "model_type": "opt",
                "hidden_size": 1024,
                "word_embed_proj_dim": 512,
                "do_layer_norm_before": False,
                "ffn_dim": 4096,
                "num_hidden_layers": 24,
                "num_attention_heads": 16,
            },
            331_196_416,
        ),
    ],
)
def test_published_models_with_other_heads_and_narrow_embeddings(given: dict[str, Any], published: int) -> None:
    """bert-base-uncased, its encoder with heads, and OPT 350M, as transformers and the Hub count them."""
    data = text_of_config(json.dumps(given).encode(), "config.json")
    assert analyse(loads(data)).totals.params == published


@pytest.mark.parametrize("kind", ["phi3", "gpt_neox"])
def test_the_share_of_a_head_that_is_turned_may_stand_beside_the_base_of_angles(kind: str) -> None:
    inside = text(model_type=kind, rope_parameters={"rope_theta": 9_000, "partial_rotary_factor": 0.5})
    assert "  rotary: 0.5\n" in inside
    assert "partial_rotary_factor" not in inside
    assert (
        inside.split("params:")[1]
        == text(model_type=kind, rope_theta=9_000, partial_rotary_factor=0.5).split("params:")[1]
    )


def test_heads_have_the_features_that_the_config_says() -> None:
    totals = analyse(loads(text(model_type="qwen3", num_key_value_heads=2)), bits="bf16").totals
    assert totals.kv_bytes_per_token == 4 * 2 * 2 * 128 * 2  # Qwen 3 has 128 where nothing is said
    totals = analyse(loads(text(num_key_value_heads=2)), bits="bf16").totals
    assert totals.kv_bytes_per_token == 4 * 2 * 2 * (32 // 4) * 2


def test_what_a_model_may_not_be_called_is_left_out() -> None:
    assert text(_name_or_path="\ud800a\0b" + "c" * 500).startswith(f'name: "_a_b{"c" * 96}"\n')


def test_fewer_positions_than_a_call_usually_has_tokens() -> None:
    few = {"model_type": "roberta", "hidden_act": "gelu", "max_position_embeddings": 18, "pad_token_id": 1}
    graph = expand(loads(text(**few)))
    assert graph.input_sizes == {"input": (16,)}
    assert "tokens" not in text(**few | {"max_position_embeddings": 514})


def test_a_config_is_told_by_its_model_type() -> None:
    assert is_config(json.dumps(SMALL).encode())
    assert is_config(b'{"hidden_size": 32}')  # which is then told that it lacks one
    assert not is_config(b'{"schema": "calc.run/2"}')
