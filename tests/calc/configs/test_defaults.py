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
    "max_position_embeddings", "relative_attention_max_distance", "classifier_proj_size", "median_filter_width",
    "pad_token_id",
}  # fmt: skip
GEMMA3_4B = {
    "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
    "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
}  # fmt: skip


def text(**given: Any) -> str:
    return text_of_config(json.dumps(given).encode(), "config.json")


def kv_heads(**given: Any) -> list[str]:
    return [line for line in text(**given).splitlines() if line.startswith(("  kv_heads:", "  head:", "  windows:"))]


def test_every_model_type_has_defaults() -> None:
    assert DEFAULTS.keys() == MODEL_TYPES.keys()


def test_a_published_config_that_leaves_out_heads_and_words() -> None:
    totals = analyse(loads(text(**GEMMA3_4B)), bits="bf16").totals
    assert totals.params == 3_880_263_168
    assert totals.kv_bytes_per_token == 34 * 2 * 4 * 256 * 2


def test_what_was_taken_is_said() -> None:
    taken = next(line for line in text(**GEMMA3_4B).splitlines() if line.startswith("#"))
    assert taken == (
        "# not in the config, so what transformers takes: query_pre_attn_scalar 256, num_attention_heads 8, "
        "num_key_value_heads 4, head_dim 256, vocab_size 262208"
    )


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
    config = Config({"model_type": model_type}, "config.json", "")
    MODEL_TYPES[model_type].params(config)
    whole = {key for key in config.used if type(theirs.get(key)) is int} - COUNTS_NOTHING
    if model_type == "deepseek_v3":
        whole.remove("num_key_value_heads")  # there are none: keys are made from what is latent
    assert whole <= ours.keys()
