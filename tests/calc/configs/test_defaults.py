"""A field that a config leaves out is what transformers' class of that model_type has for it."""

import json
from dataclasses import fields
from typing import Any

import pytest

from calc.analysis import analyse
from calc.configs import MODEL_TYPES, text_of_config
from calc.configs.config import Config
from calc.configs.defaults import DEFAULTS
from calc.spec import loads

COUNTS_NOTHING = {
    "relative_attention_max_distance", "classifier_proj_size", "median_filter_width",
    "pad_token_id",
}  # fmt: skip
SAID = "left out in the config (or null), so with transformers' defaults: "
GEMMA3_4B = {
    "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
    "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
}  # fmt: skip


def text(**given: Any) -> str:
    return text_of_config(json.dumps(given).encode(), "config.json")


def taken(**given: Any) -> dict[str, str]:
    """What the comment of the spec says was taken."""
    said = " ".join([line.removeprefix("#").strip() for line in text(**given).splitlines() if line.startswith("#")])
    return dict([each.split("=") for each in said.removeprefix(SAID).split(", ")])


def kv_heads(**given: Any) -> list[str]:
    return [line for line in text(**given).splitlines() if line.startswith(("  kv_heads:", "  head:", "  windows:"))]


def test_every_model_type_has_defaults() -> None:
    assert DEFAULTS.keys() == MODEL_TYPES.keys()


def test_a_published_config_that_leaves_out_heads_and_words() -> None:
    totals = analyse(loads(text(**GEMMA3_4B)), bits="bf16").totals
    assert totals.params == 3_880_263_168
    assert totals.kv_bytes_per_token == 34 * 2 * 4 * 256 * 2


def test_what_was_taken_is_said() -> None:
    assert taken(**GEMMA3_4B) == {
        "sliding_window_pattern": "6", "query_pre_attn_scalar": "256", "rope_theta": "1000000",
        "rope_local_base_freq": "10000", "hidden_activation": "gelu_pytorch_tanh", "num_attention_heads": "8",
        "num_key_value_heads": "4", "head_dim": "256", "vocab_size": "262208", "rms_norm_eps": "1.0e-06",
        "tie_word_embeddings": "true", "attention_bias": "false", "max_position_embeddings": "131072",
    }  # fmt: skip


def test_what_is_null_or_follows_from_others_is_said_too() -> None:
    said = taken(model_type="mistral", num_attention_heads=16, num_key_value_heads=None)
    assert (said["num_key_value_heads"], said["head_dim"]) == ("16", "256")
    assert "num_attention_heads" not in said
    types = ["sliding_attention"] * 2
    assert "sliding_window_pattern" not in taken(model_type="gemma3_text", num_hidden_layers=2, layer_types=types)
    assert "num_key_value_heads" not in taken(model_type="mistral", num_attention_heads=16, num_key_value_heads=8)


def test_a_context_left_out_is_that_of_the_model_type() -> None:
    assert "  max_position_embeddings: 131072" in text(**GEMMA3_4B).splitlines()
    found = [kind for kind in MODEL_TYPES if "max_position_embeddings" not in DEFAULTS[kind]]
    assert found == ["gpt2", "t5", "whisper"]  # whose positions are called otherwise


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"model_type": "llama", "num_attention_heads": 16}, ["kv_heads: 16", "head: 256"]),
        ({"model_type": "qwen2", "num_attention_heads": 64}, ["kv_heads: 32", "head: 64"]),
        ({"model_type": "gemma", "num_attention_heads": 32}, ["kv_heads: 16", "head: 256"]),
        ({"model_type": "qwen3_moe", "num_attention_heads": 16}, ["kv_heads: 4", "head: 128"]),
        ({"model_type": "mistral"}, ["kv_heads: 8", "head: 128", "windows: [4096]"]),
        ({"model_type": "mistral", "sliding_window": None}, ["kv_heads: 8", "head: 128"]),
        ({"model_type": "mistral", "num_key_value_heads": None}, ["kv_heads: 32", "head: 128", "windows: [4096]"]),
        ({"model_type": "starcoder2"}, ["kv_heads: 2", "head: 128"]),
        ({"model_type": "gpt_oss"}, ["kv_heads: 8", "head: 64", "windows: [128, 0]"]),
    ],
)
def test_heads_and_windows_that_are_left_out(given: dict[str, Any], expected: list[str]) -> None:
    assert [line.strip() for line in kv_heads(**given)] == expected


@pytest.mark.oracles("transformers")
@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_defaults_are_those_of_transformers(model_type: str) -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    theirs = {field.name: field.default for field in fields(CONFIG_MAPPING[model_type])}
    ours = dict(DEFAULTS[model_type])
    theta = ours.pop("rope_theta", None)
    assert ours == {key: theirs[key] for key in ours}
    if theta is not None:
        assert CONFIG_MAPPING[model_type]().rope_parameters["rope_theta"] == theta
    needed = {"num_experts_per_tok": 2} if model_type == "deepseek_v2" else {}
    made = CONFIG_MAPPING[model_type]()
    for key, value in taken(model_type=model_type, **needed).items():
        if getattr(made, key, None) is not None and key != "rope_theta":
            assert json.loads(
                value if value[0].isdigit() or value in ("true", "false") else json.dumps(value)
            ) == getattr(made, key), key
    config = Config({"model_type": model_type}, "config.json", "")
    MODEL_TYPES[model_type].params(config)
    whole = {key for key in config.used if type(theirs.get(key)) is int} - COUNTS_NOTHING
    if model_type == "deepseek_v3":
        whole.remove("num_key_value_heads")  # there are none: keys are made from what is latent
    assert whole <= ours.keys()
