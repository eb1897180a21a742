"""Reads configs of models with an encoder and a decoder: gives the params of the families ``t5`` and ``whisper``."""

from typing import Any

from calc.configs.config import MOST_LAYERS, Config
from calc.configs.decoder import ACTIVATIONS, Params

FEED_FORWARD = {name: (False, act) for name, act in ACTIVATIONS.items()} | {
    f"gated-{name}": (True, act) for name, act in (ACTIVATIONS | {"gelu": "TanhGELU"}).items()
}
"""The meaning of ``feed_forward_proj``: whether there are gates, and the activation.

T5's gated gelu is the tanh form.
"""


def t5(config: Config) -> Params:
    """Return the params of T5. Version 1.1 and Flan-T5 have gates and an untied head."""
    gated, act = _feed_forward(config)
    depth = config.whole("num_layers", "num_hidden_layers", most=MOST_LAYERS)
    config.used |= {"n_positions", "relative_attention_max_distance", "output_past"}
    tied = config.flag("tie_word_embeddings", True)
    return {
        "vocabulary": config.whole("vocab_size"),
        "dim": config.whole("d_model", "hidden_size"),
        "depth": depth,
        "decoder_depth": config.whole("num_decoder_layers", default=depth, most=MOST_LAYERS),
        "heads": config.whole("num_heads", "num_attention_heads"),
        "head": config.whole("d_kv", "head_dim"),
        "hidden": config.whole("d_ff"),
        "gated": gated,
        "act": act,
        "buckets": config.whole("relative_attention_num_buckets"),
        "tied": tied,
        "scaled": config.flag("scale_decoder_outputs", tied),
        "eps": config.number("layer_norm_epsilon", default=1e-6),
    }


def whisper(config: Config) -> Params:
    """Return the params of Whisper, whose encoder reads a spectrogram with exactly that many frames."""
    for key, value in (
        ("activation_function", "gelu"), ("scale_embedding", False), ("tie_word_embeddings", True),
        ("use_weighted_layer_sum", False),
    ):  # fmt: skip
        config.only(key, value)
    dim, depth = (
        config.whole("d_model", "hidden_size"),
        config.whole("encoder_layers", "num_hidden_layers", most=MOST_LAYERS),
    )
    heads = _heads(config, dim, "encoder_attention_heads", "num_attention_heads", "num_key_value_heads")
    config.used |= {"classifier_proj_size", "apply_spec_augment", "median_filter_width"}
    config.used |= {"lang_ids", "forced_decoder_ids", "alignment_heads"}
    hidden = config.whole("encoder_ffn_dim")
    return {
        "vocabulary": config.whole("vocab_size"),
        "mels": config.whole("num_mel_bins"),
        "dim": dim,
        "depth": depth,
        "decoder_depth": config.whole("decoder_layers", most=MOST_LAYERS),
        "heads": heads,
        "decoder_heads": _heads(config, dim, "decoder_attention_heads"),
        "hidden": hidden,
        "decoder_hidden": config.whole("decoder_ffn_dim"),
        "source_positions": config.whole("max_source_positions"),
        "positions": config.whole("max_target_positions"),
    }


def _feed_forward(config: Config) -> tuple[bool, Any]:
    said = config.get("feed_forward_proj", "relu")
    if not isinstance(said, str) or said not in FEED_FORWARD:
        config.word("feed_forward_proj", words=dict.fromkeys(FEED_FORWARD, ""), default="relu")
        return False, "relu"
    gated, act = FEED_FORWARD[said]
    config.says("is_gated_act", gated, "feed_forward_proj", said)
    dense = config.get("dense_act_fn")
    if not isinstance(dense, str) or ACTIVATIONS.get(dense) != act:
        config.says("dense_act_fn", said.removeprefix("gated-"), "feed_forward_proj", said)
    return gated, act


def _heads(config: Config, dim: int, *keys: str) -> int:
    heads = config.whole(*keys)
    if dim % heads and not config.problems:
        config.fault(keys[0], f"{keys[0]}={heads} does not divide d_model={dim}")
    return heads
