"""Reads configs of models before Llama, and gives the params of the families ``gpt_neox``, ``falcon`` and ``opt``."""

from calc.configs.config import MOST_LAYERS, Config
from calc.configs.decoder import ACTIVATIONS, Params, check_pairs, theta, turned_share


def gpt_neox(config: Config) -> Params:
    """Return the params of GPT-NeoX and Pythia: parallel attention and MLP, and a rotated part of each head."""
    found, rotary = sizes_of_heads(config), turned_share(config, 0.25, "rotary_pct", "partial_rotary_factor")
    check_pairs(config, "rotary_pct", found["dim"] // found["heads"], rotary)
    return found | {
        "hidden": config.whole("intermediate_size"),
        "act": config.word("hidden_act", words=ACTIVATIONS, default="gelu"),
        "parallel": config.flag("use_parallel_residual", True),
        "rotary": rotary,
        "theta": theta(config, 10_000, "rotary_emb_base"),
        "bias": config.flag("attention_bias", True),
        "eps": config.number("layer_norm_eps", default=1e-5),
        **_untied(config),
    }


def falcon(config: Config) -> Params:
    """Return the params of Falcon with rotary positions.

    The old architecture has one key head. The new one has several, and two norms.
    """
    found = sizes_of_heads(config)
    is_new, has_one_key = config.flag("new_decoder_architecture"), config.flag("multi_query", True)
    config.only("alibi", False)
    config.only("parallel_attn", True)
    config.only("apply_residual_connection_post_layernorm", False)
    config.only("activation", "gelu")
    config.only("tie_word_embeddings", True)
    config.used.add("num_kv_heads")  # only the new architecture reads it
    several = config.whole("num_kv_heads", default=found["heads"]) if is_new else found["heads"]
    kv_heads = 1 if has_one_key and not is_new else several
    if found["heads"] % kv_heads and not config.problems:
        config.fault("num_kv_heads", f"num_kv_heads={kv_heads} does not divide num_attention_heads={found['heads']}")
    check_pairs(config, "hidden_size", found["dim"] // found["heads"])
    norms = config.whole("num_ln_in_parallel_attn", default=2 if is_new else 1, most=2)
    return found | {
        "kv_heads": kv_heads,
        "hidden": config.whole("ffn_hidden_size", default=4 * found["dim"]),
        "norms": norms,
        "bias": config.flag("bias"),
        "theta": theta(config, 10_000),
        "eps": config.number("layer_norm_epsilon", default=1e-5),
    }


def opt(config: Config) -> Params:
    """Return the params of OPT. In one size the embeddings are narrower than the layers, and norms follow the sums."""
    found = sizes_of_heads(config)
    for key, value in (
        ("_remove_final_layer_norm", False), ("enable_bias", True), ("layer_norm_elementwise_affine", True),
        ("tie_word_embeddings", True),
    ):  # fmt: skip
        config.only(key, value)
    embedded = config.whole("word_embed_proj_dim", default=found["dim"])
    return found | {
        "positions": config.whole("max_position_embeddings"),
        "hidden": config.whole("ffn_dim"),
        "act": config.word("activation_function", words=ACTIVATIONS, default="relu"),
        "layer": "Layer" if config.flag("do_layer_norm_before", True) else "NormsAfter",
        **({} if embedded == found["dim"] else {"embedded": embedded}),
    }


def sizes_of_heads(config: Config) -> Params:
    """Return the params that all models before Llama have.

    The width of a head is ``hidden_size`` divided by the heads.
    """
    dim, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    if dim % heads and not config.problems:
        config.fault("hidden_size", f"hidden_size={dim} is not a multiple of num_attention_heads={heads}")
    depth = config.whole("num_hidden_layers", most=MOST_LAYERS)
    return {"vocabulary": config.whole("vocab_size"), "dim": dim, "depth": depth, "heads": heads}


def _untied(config: Config) -> Params:
    config.only("tie_word_embeddings", False)
    return {}
