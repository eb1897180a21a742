"""Reads configs of Llama and models like it, and gives the params of the family ``decoder``."""

from collections.abc import Callable, Sequence
from typing import Any

from calc.configs.config import MOST_LAYERS, Config
from calc.ops.base.experts import MOST_EXPERTS

Params = dict[str, Any]
ACTIVATIONS = {
    "silu": "silu",
    "swish": "silu",
    "gelu": "gelu",
    "relu": "relu",
    "gelu_pytorch_tanh": "TanhGELU",
    "gelu_new": "TanhGELU",
    "gelu_fast": "TanhGELU",
}
FULL, SLIDING = "full_attention", "sliding_attention"


def llama(config: Config) -> Params:
    """Return the params of Llama. ``attention_bias`` applies to all four projections."""
    bias = config.flag("attention_bias")
    return sizes(config) | {"qkv_bias": bias, "out_bias": bias, "mlp_bias": config.flag("mlp_bias")}


def mistral(config: Config) -> Params:
    """Return the params of Mistral. All layers have the window, if there is one."""
    return sizes(config) | one_window(config)


def mixtral(config: Config) -> Params:
    """Return the params of Mixtral, whose experts have matrices w1 to w3."""
    experts = {"mlp": "'block_sparse_moe'", "mixture": "Mixtral"} | routed(config, "num_local_experts", "num_experts")
    return mistral(config) | experts


def qwen2(config: Config) -> Params:
    """Return the params of Qwen 2 and 2.5: queries, keys and values have biases, and later layers may have a
    window.
    """
    config.only("use_mrope", False)
    return sizes(config) | {"qkv_bias": True} | _qwen_windows(config)


def qwen3(config: Config) -> Params:
    """Return the params of Qwen 3, which normalises queries and keys in each head."""
    return sizes(config, "head_dim") | {"qk_norm": True} | _all_biases(config) | _qwen_windows(config)


def qwen3_moe(config: Config) -> Params:
    """Return the params of Qwen 3 with experts.

    Every ``decoder_sparse_step``-th layer has experts, except ``mlp_only_layers``.
    """
    found = sizes(config, "num_key_value_heads") | {"qk_norm": True} | _all_biases(config)
    config.used |= {"max_window_layers", "sliding_window"}
    found |= one_window(config, is_used=config.flag("use_sliding_window"))
    depth, step = found["depth"], config.whole("decoder_sparse_step")
    dense = config.get("mlp_only_layers", [])
    if not isinstance(dense, list) or any(type(layer) is not int for layer in dense):
        config.fault("mlp_only_layers", "mlp_only_layers: must be a list of numbers of layers")
        dense = []
    for layer in dense:
        if not 0 <= layer < depth:
            config.fault("mlp_only_layers", f"mlp_only_layers has {layer}, and layers are numbered 0 to {depth - 1}")
    experts = routed(config, "num_experts", "num_local_experts")
    sparse = [layer not in dense and (layer + 1) % step == 0 for layer in range(depth)]
    return found | experts | {
        "expert_hidden": config.whole("moe_intermediate_size"),
        "normalize": "'softmax'" if config.flag("norm_topk_prob") else "'none'",
        "sparse": in_turn(sparse),
    }  # fmt: skip


def phi3(config: Config) -> Params:
    """Return the params of Phi 3 and 4, with fused matrices and a rotated part of each head."""
    config.only("attention_bias", False)
    found, share = mistral(config), turned_share(config, 1.0, "partial_rotary_factor")
    check_pairs(config, "partial_rotary_factor", found["head"], share)
    return found | {"fused": True, "rotary": share}


def gemma(config: Config) -> Params:
    """Return the params of Gemma: GeGLU, embeddings times √dim, a tied head."""
    own = {"act": config.word("hidden_activation", "hidden_act", words=ACTIVATIONS, default="gelu_pytorch_tanh")}
    return sizes(config, "num_key_value_heads", "head_dim", tied=True) | own | {"scaled": True} | _all_biases(config)


def gemma2(config: Config) -> Params:
    """Return the params of Gemma 2: four norms a layer, capped scores, a window in every second layer."""
    config.never_null("sliding_window")
    caps = {"softcap": _cap(config, "attn_logit_softcapping", 50.0)}
    caps["final_softcap"] = _cap(config, "final_logit_softcapping", 30.0) or 0
    scale = {"scale": config.number("query_pre_attn_scalar", default=256) ** -0.5, "layer": "FourNorms"}
    return gemma(config) | caps | scale | windowed(config, lambda layer: layer % 2 == 0)


def gemma3(config: Config) -> Params:
    """Return the params of Gemma 3: normalised queries and keys, five layers with a window before each without."""
    names = ("sliding_window_pattern", "_sliding_window_pattern")
    config.used.update(names)
    pattern = (
        config.whole(*names, default=6) if config.get("layer_types") is None else 1
    )  # layer_types decides, so the pattern is not read
    config.only("use_bidirectional_attention", False)
    config.never_null("sliding_window")
    caps = {"softcap": _cap(config, "attn_logit_softcapping", None), "qk_norm": True, "layer": "FourNorms"}
    caps["final_softcap"] = _cap(config, "final_logit_softcapping", None) or 0
    scale = {"scale": config.number("query_pre_attn_scalar", default=256) ** -0.5}
    thetas = {"theta": theta(config, 1_000_000), "local_theta": config.number("rope_local_base_freq", default=10_000)}
    windows = windowed(config, lambda layer: (layer + 1) % pattern != 0)
    return gemma(config) | caps | scale | thetas | windows


def sizes(
    config: Config, *never_null: str, tied: bool = False, eps: tuple[str, float] = ("rms_norm_eps", 1e-6)
) -> Params:
    """Return the params that all these models have. ``tied`` and ``eps`` (its field and value) are defaults.

    If the number of key heads is null, it is the number of heads. If the width of a head is null, it is ``hidden_size``
    divided by the heads. Fields in ``never_null`` must not be null.
    """
    config.never_null(*never_null)
    dim, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    kv_heads = config.whole("num_key_value_heads", default=heads)
    if heads % kv_heads and not config.problems:
        fact = f"num_key_value_heads={kv_heads} does not divide num_attention_heads={heads}"
        config.fault("num_key_value_heads", fact, config.whence("num_key_value_heads"))
    if config.get("head_dim") is None and dim % heads and not config.problems:
        fact = f"hidden_size={dim} is not a multiple of num_attention_heads={heads}"
        config.fault("hidden_size", fact, "give head_dim if a head is not hidden_size / num_attention_heads wide")
    features = config.whole("head_dim", default=max(dim // heads, 1))
    check_pairs(config, "head_dim" if config.get("head_dim") is not None else "hidden_size", features)
    return {
        "vocabulary": config.whole("vocab_size"),
        "dim": dim,
        "depth": config.whole("num_hidden_layers", most=MOST_LAYERS),
        "heads": heads,
        "kv_heads": kv_heads,
        "head": features,
        "hidden": config.whole("intermediate_size"),
        "act": config.word("hidden_act", "hidden_activation", words=ACTIVATIONS, default="silu"),
        "eps": config.number(eps[0], default=eps[1]),
        "theta": theta(config, 10_000),
        "tied": config.flag("tie_word_embeddings", tied),
    }


def routed(config: Config, *keys: str) -> Params:
    """Return the number of experts, and how many of them each token runs."""
    count = config.whole(*keys, most=MOST_EXPERTS)
    chosen = config.whole("num_experts_per_tok")
    if chosen > count and not config.problems:
        config.fault("num_experts_per_tok", f"num_experts_per_tok={chosen} is more than {keys[0]}={count}")
    return {"experts": count, "active": min(chosen, count)}


def windowed(config: Config, slides: Callable[[int], bool]) -> Params:
    """Return the windows of the layers in turn. ``layer_types`` says which layers have one, or else ``slides``."""
    depth = config.whole("num_hidden_layers")
    types = config.names("layer_types", (FULL, SLIDING), depth)
    if config.get("sliding_window") is None:
        if types is not None and SLIDING in types:
            config.fault("layer_types", "layer_types has layers with a window, but sliding_window is missing")
        return {}
    window = config.whole("sliding_window")
    within = [slides(layer) for layer in range(depth)] if types is None else [each == SLIDING for each in types]
    return {"windows": in_turn([window if each else 0 for each in within])}


def one_window(config: Config, *, is_used: bool = True) -> Params:
    """Return the window of all layers, if there is one and it ``is_used``.

    These models do not read ``layer_types``.
    """
    window = config.whole("sliding_window") if is_used and config.get("sliding_window") is not None else None
    kind = FULL if window is None else SLIDING
    types = config.names("layer_types", (FULL, SLIDING), config.whole("num_hidden_layers"))
    if types is not None and set(types) != {kind}:
        fact = f"layer_types must be {kind} for every layer of the model_type {config.get('model_type')}"
        config.fault("layer_types", fact, "remove layer_types, which transformers ignores in such models")
    return {} if window is None else {"windows": [window]}


def in_turn(values: Sequence[Any]) -> list[Any]:
    """Return the shortest start of ``values`` that gives all of them when it is repeated."""
    for length in range(1, len(values) + 1):
        if all(value == values[at % length] for at, value in enumerate(values)):
            return list(values[:length])
    return list(values)


def _qwen_windows(config: Config) -> Params:
    config.used |= {"max_window_layers", "sliding_window"}
    if not config.flag("use_sliding_window"):
        types = config.names("layer_types", (FULL, SLIDING), config.whole("num_hidden_layers"))
        if types is not None and SLIDING in types:
            config.fault("layer_types", "layer_types has layers with a window, but use_sliding_window is not true")
        return {}
    first = config.whole("max_window_layers", least=0)
    return windowed(config, lambda layer: layer >= first)


def _all_biases(config: Config) -> Params:
    bias = config.flag("attention_bias")
    return {"qkv_bias": bias, "out_bias": bias}


def _cap(config: Config, key: str, default: float | None) -> float | None:
    value = config.get(key, default)
    return None if value is None else config.number(key, default=value)


def theta(config: Config, default: float, *also: str) -> float:
    """Return the base of the rotary angles.

    Newer configs have it in ``rope_parameters``, some under another name (``also``).
    """
    parameters = config.get("rope_parameters", {})
    inside = parameters.get("rope_theta") if isinstance(parameters, dict) else None
    if inside is None:
        return config.number("rope_theta", *also, default=default)
    config.used.update(also)
    return config.checked_number("rope_theta", inside, default)


def turned_share(config: Config, default: float, *names: str) -> float:
    """Return the share of a head that is rotated, under one of ``names``.

    Newer configs have it in ``rope_parameters``.
    """
    parameters = config.get("rope_parameters", {})
    inside = parameters.get("partial_rotary_factor") if isinstance(parameters, dict) else None
    if inside is None:
        return config.number(*names, default=default)
    config.used.update(names)
    return config.checked_number("partial_rotary_factor", inside, default)


def check_pairs(config: Config, key: str, features: int, share: float = 1.0) -> None:
    """Report at ``key`` a rotated ``share`` of a head's ``features`` that is not a positive number of pairs."""
    turned = int(features * share)
    if not config.problems and (not 0 < share <= 1 or turned < 2 or turned % 2):
        config.fault(
            key,
            f"{turned:,} of the {features:,} features of a head are rotated, which is not a positive number of pairs",
        )
