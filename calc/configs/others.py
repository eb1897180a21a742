"""Reads configs of models unlike Llama: gives the params of ``gpt2``, ``starcoder2``, ``gpt_oss`` and ``latent``."""

from calc.configs.config import MOST_LAYERS, Config
from calc.configs.decoder import ACTIVATIONS, Params, check_pairs, one_window, routed, sizes, theta, windowed


def gpt2(config: Config) -> Params:
    """Return the params of GPT-2, whose fields for sizes have other names."""
    dim, heads = config.whole("n_embd", "hidden_size"), config.whole("n_head", "num_attention_heads")
    if dim % heads:
        config.fault("n_head", f"n_head={heads} does not divide n_embd={dim}")
    config.only("activation_function", "gelu_new", "gelu_pytorch_tanh")
    config.only("tie_word_embeddings", True)
    config.only("scale_attn_weights", True)
    config.only("scale_attn_by_inverse_layer_idx", False)
    return {
        "vocabulary": config.whole("vocab_size"),
        "positions": config.whole("n_positions", "max_position_embeddings"),
        "dim": dim,
        "depth": config.whole("n_layer", "num_hidden_layers", most=MOST_LAYERS),
        "heads": heads,
        "hidden": config.whole("n_inner", default=4 * dim),
        "eps": config.number("layer_norm_epsilon", default=1e-5),
    }


def starcoder2(config: Config) -> Params:
    """Return the params of StarCoder2: norms and matrices with biases, an MLP without gates, and maybe one window for
    all layers.
    """
    config.only("mlp_type", "default")
    config.only("norm_type", "layer_norm")
    config.only("scale_attn_weights", True)
    config.used.add("layer_norm_epsilon")  # norm_epsilon takes precedence
    found = sizes(config, "num_key_value_heads", tied=True, eps=("norm_epsilon", 1e-5)) | {
        "act": config.word("hidden_act", words=ACTIVATIONS, default="gelu_pytorch_tanh"),
        "bias": config.flag("use_bias", True),
    }
    return found | one_window(config)


def gpt_oss(config: Config) -> Params:
    """Return the params of gpt-oss: biases everywhere, sinks, a window in every second layer from the first."""
    config.only("attention_bias", True)
    config.only("tie_word_embeddings", False)
    config.only("hidden_act", "silu")
    config.only("swiglu_alpha", 1.702)
    config.only("sinks", True)
    config.never_null("sliding_window")
    found = sizes(config)
    for key in ("act", "tied"):
        del found[key]
    experts = routed(config, "num_local_experts", "num_experts")
    chosen = config.get("num_experts_per_tok")
    config.says("experts_per_token", chosen, "num_experts_per_tok", chosen)
    return found | experts | windowed(config, lambda layer: layer % 2 == 0)


def deepseek_v2(config: Config) -> Params:
    """Return the params of DeepSeek-V2, whose scores of experts are a softmax."""
    config.only("scoring_func", "softmax")
    return _latent(config) | {"sigmoid": False, "normalized": config.flag("norm_topk_prob")}


def deepseek_v3(config: Config) -> Params:
    """Return the params of DeepSeek-V3, whose scores of experts are sigmoids."""
    config.only("scoring_func", "sigmoid")
    config.used.add("num_nextn_predict_layers")  # these extra layers at the end are not part of a call
    return _latent(config) | {"sigmoid": True, "normalized": config.flag("norm_topk_prob", True)}


def _latent(config: Config) -> Params:
    for bias in ("attention_bias", "mlp_bias"):
        config.only(bias, False)
    config.only("hidden_act", "silu")
    config.only("moe_layer_freq", 1)
    heads, nope, rope = (config.whole(key) for key in ("num_attention_heads", "qk_nope_head_dim", "qk_rope_head_dim"))
    config.only("qk_head_dim", nope + rope)
    config.only("head_dim", rope)
    config.only("num_key_value_heads", heads)
    depth = config.whole("num_hidden_layers", most=MOST_LAYERS)
    check_pairs(config, "qk_rope_head_dim", rope)
    dense = config.whole("first_k_dense_replace", default=0, least=0)
    if dense > depth:
        config.fault("first_k_dense_replace", f"first_k_dense_replace={dense} is more than num_hidden_layers={depth}")
    _check_groups(config)
    rank = config.get("q_lora_rank")
    return {
        "vocabulary": config.whole("vocab_size"),
        "dim": config.whole("hidden_size"),
        "depth": depth,
        "heads": heads,
        "q_rank": 0 if rank is None else config.whole("q_lora_rank"),
        "kv_rank": config.whole("kv_lora_rank"),
        "nope": nope,
        "rope": rope,
        "value": config.whole("v_head_dim"),
        "hidden": config.whole("intermediate_size"),
        **routed(config, "n_routed_experts", "num_local_experts", "num_experts"),
        "expert_hidden": config.whole("moe_intermediate_size"),
        "shared": config.whole("n_shared_experts"),
        "dense": dense,
        "routed_scale": config.number("routed_scaling_factor", default=1.0),
        "eps": config.number("rms_norm_eps", default=1e-6),
        "theta": theta(config, 10_000),
        "tied": config.flag("tie_word_embeddings"),
    }


def _check_groups(config: Config) -> None:
    """Report groups from which experts cannot be chosen. The choice of experts changes no count."""
    given = [key for key in ("n_group", "topk_group") if config.get(key) is not None]
    groups, chosen = [config.whole(key) if key in given else 1 for key in ("n_group", "topk_group")]
    experts = config.whole("n_routed_experts", "num_local_experts", "num_experts")
    if experts % groups:
        config.fault("n_group", f"n_group={groups} does not divide n_routed_experts={experts}")
    elif chosen > groups:
        config.fault("topk_group", f"topk_group={chosen} is more than n_group={groups}")
    elif (
        config.get("num_experts_per_tok") is not None
        and config.whole("num_experts_per_tok") > chosen * experts // groups
    ):
        fact = (
            f"num_experts_per_tok={config.get('num_experts_per_tok')} is more than the experts of topk_group={chosen}"
        )
        config.fault("num_experts_per_tok", f"{fact} groups, {chosen * experts // groups}")
