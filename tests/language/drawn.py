"""Configs of every ``model_type`` that ``calc import`` knows, drawn with all that changes a count there."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from calc.configs import encoders

Fields = dict[str, Any]
SMALL = st.integers(1, 4)
WIDTH = st.integers(1, 40)
EVEN = st.sampled_from([2, 4, 10])
KINDS = ("full_attention", "sliding_attention")


def old(draw: st.DrawFn) -> Fields:
    """What all have: features of a head are an even share."""
    heads = draw(SMALL)
    return {
        "vocab_size": draw(st.integers(8, 70)), "hidden_size": heads * draw(EVEN), "num_hidden_layers": draw(SMALL),
        "num_attention_heads": heads, "max_position_embeddings": 64, "pad_token_id": 0,
    }  # fmt: skip


def common(draw: st.DrawFn, *, own_head: bool = True) -> Fields:
    """What those after Llama have: heads that share keys, features of a head that are no share, ties."""
    fields, kv_heads = old(draw), draw(st.sampled_from([1, 2, 3]))
    heads = kv_heads * draw(st.integers(1, 3))
    fields |= {
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "hidden_size": heads * draw(EVEN),
        "intermediate_size": draw(WIDTH), "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip
    return fields | ({"head_dim": draw(EVEN)} if own_head and draw(st.booleans()) else {})


def experts(draw: st.DrawFn, name: str) -> Fields:
    """Some experts, of which a token runs one, a few or all."""
    count = draw(st.integers(2, 6))
    return {name: count, "num_experts_per_tok": draw(st.integers(1, count))}


def window(draw: st.DrawFn) -> Fields:
    """A window of all layers, or none."""
    return {"sliding_window": draw(st.none() | st.integers(2, 12))}


def layer_types(draw: st.DrawFn, depth: int) -> Fields:
    """Which layers have the window, or nothing, so that the class has it."""
    types = st.lists(st.sampled_from(KINDS), min_size=depth, max_size=depth)
    return {"layer_types": draw(types)} if draw(st.booleans()) else {}


def llama(draw: st.DrawFn) -> Fields:
    return common(draw) | {"attention_bias": draw(st.booleans()), "mlp_bias": draw(st.booleans())}


def mistral(draw: st.DrawFn) -> Fields:
    return common(draw) | window(draw)


def mixtral(draw: st.DrawFn) -> Fields:
    return mistral(draw) | experts(draw, "num_local_experts")


def qwen_windows(draw: st.DrawFn) -> Fields:
    return {"use_sliding_window": draw(st.booleans()), "sliding_window": draw(st.integers(2, 12))}


def qwen2(draw: st.DrawFn) -> Fields:
    fields = common(draw, own_head=False) | qwen_windows(draw) | {"max_window_layers": draw(st.integers(0, 4))}
    return fields | (layer_types(draw, fields["num_hidden_layers"]) if fields["use_sliding_window"] else {})


def qwen3(draw: st.DrawFn) -> Fields:
    return qwen2(draw) | {"head_dim": draw(EVEN), "attention_bias": draw(st.booleans())}


def qwen3_moe(draw: st.DrawFn) -> Fields:
    fields = common(draw) | qwen_windows(draw) | experts(draw, "num_experts")
    layers = st.integers(0, fields["num_hidden_layers"] - 1)
    return fields | {
        "moe_intermediate_size": draw(WIDTH), "decoder_sparse_step": draw(st.integers(1, 3)),
        "mlp_only_layers": draw(st.lists(layers, max_size=2)), "norm_topk_prob": draw(st.booleans()),
        "attention_bias": draw(st.booleans()), "head_dim": draw(EVEN),
    }  # fmt: skip


def phi3(draw: st.DrawFn) -> Fields:
    fields = common(draw, own_head=False) | window(draw)
    heads = fields["num_attention_heads"]
    return fields | {"hidden_size": heads * draw(st.sampled_from([4, 8])), "partial_rotary_factor": 0.5}


def gemma(draw: st.DrawFn) -> Fields:
    return common(draw) | {"tie_word_embeddings": draw(st.booleans()), "attention_bias": draw(st.booleans())}


def gemma2(draw: st.DrawFn) -> Fields:
    fields = gemma(draw)
    return fields | {"sliding_window": draw(st.integers(2, 12))} | layer_types(draw, fields["num_hidden_layers"])


def gemma3(draw: st.DrawFn) -> Fields:
    fields = gemma2(draw)
    return fields | ({} if "layer_types" in fields else {"sliding_window_pattern": draw(SMALL)})


def starcoder2(draw: st.DrawFn) -> Fields:
    return common(draw, own_head=False) | window(draw) | {"use_bias": draw(st.booleans())}


def gpt2(draw: st.DrawFn) -> Fields:
    heads = draw(SMALL)
    return {
        "vocab_size": draw(st.integers(8, 70)), "n_embd": heads * draw(WIDTH), "n_layer": draw(SMALL), "n_head": heads,
        "n_positions": draw(st.integers(24, 64)), "n_inner": draw(st.none() | WIDTH),
    }  # fmt: skip


def opt(draw: st.DrawFn) -> Fields:
    return old(draw) | {
        "ffn_dim": draw(WIDTH), "word_embed_proj_dim": draw(st.none() | WIDTH),
        "do_layer_norm_before": draw(st.booleans()), "activation_function": draw(st.sampled_from(["relu", "gelu"])),
    }  # fmt: skip


def gpt_neox(draw: st.DrawFn) -> Fields:
    fields = old(draw)
    return fields | {
        "hidden_size": fields["num_attention_heads"] * draw(st.sampled_from([4, 8])), "intermediate_size": draw(WIDTH),
        "rotary_pct": draw(st.sampled_from([0.5, 1.0])), "use_parallel_residual": draw(st.booleans()),
        "attention_bias": draw(st.booleans()),
    }  # fmt: skip


def falcon(draw: st.DrawFn) -> Fields:
    fields, new = old(draw), draw(st.booleans())
    kv_heads = draw(st.integers(1, 3))
    heads = kv_heads * draw(st.integers(1, 3))
    fields |= {"num_attention_heads": heads, "hidden_size": heads * draw(EVEN), "bias": draw(st.booleans())}
    fields |= {"ffn_hidden_size": draw(WIDTH)} if draw(st.booleans()) else {}
    if new:
        least = 1 if kv_heads > 1 else 2  # with one norm, a new one of one key is not told from an old one here
        norms = draw(st.none() | st.integers(least, 2))
        return fields | {"new_decoder_architecture": True, "num_kv_heads": kv_heads, "num_ln_in_parallel_attn": norms}
    return fields | {"new_decoder_architecture": False, "multi_query": draw(st.booleans())}


def gpt_oss(draw: st.DrawFn) -> Fields:
    fields = common(draw) | experts(draw, "num_local_experts") | {"sliding_window": draw(st.integers(2, 12))}
    fields |= {"tie_word_embeddings": False, "head_dim": draw(EVEN)}
    return fields | layer_types(draw, fields["num_hidden_layers"])


def latent(draw: st.DrawFn) -> Fields:
    """Ranks and features are even, as transformers takes pairs out of them as complex numbers."""
    fields, groups = old(draw), draw(st.integers(1, 3))
    each, chosen = draw(st.integers(2, 3)), draw(st.integers(1, groups))
    return fields | {
        "num_key_value_heads": fields["num_attention_heads"], "intermediate_size": draw(WIDTH),
        "q_lora_rank": draw(st.none() | WIDTH), "kv_lora_rank": draw(EVEN), "qk_nope_head_dim": draw(EVEN),
        "qk_rope_head_dim": draw(EVEN), "v_head_dim": draw(WIDTH), "n_routed_experts": groups * each,
        "n_group": groups, "topk_group": chosen, "num_experts_per_tok": draw(st.integers(1, chosen * each)),
        "n_shared_experts": draw(st.integers(1, 3)), "moe_intermediate_size": draw(WIDTH),
        "first_k_dense_replace": draw(st.integers(0, fields["num_hidden_layers"])),
        "norm_topk_prob": draw(st.booleans()), "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip


def deepseek_v2(draw: st.DrawFn) -> Fields:
    return latent(draw) | {"topk_method": draw(st.sampled_from(["greedy", "group_limited_greedy"]))}


def bert(draw: st.DrawFn) -> Fields:
    return encoder(draw, encoders.BERT)


def encoder(draw: st.DrawFn, architectures: tuple[str, ...]) -> Fields:
    """With a pooler, or with a head of some labels."""
    fields = old(draw) | {"intermediate_size": draw(WIDTH), "type_vocab_size": draw(SMALL)}
    name = draw(st.sampled_from(architectures))
    labels = 2 if name.endswith("QuestionAnswering") else draw(WIDTH)
    hidden = fields["num_attention_heads"] * draw(WIDTH)
    return fields | {"hidden_size": hidden, "architectures": [name], "num_labels": labels}


def roberta(draw: st.DrawFn) -> Fields:
    return encoder(draw, encoders.ROBERTA) | {"pad_token_id": draw(SMALL)}


def t5(draw: st.DrawFn) -> Fields:
    """Unlike encoders and decoders, heads of any width, gates."""
    return {
        "vocab_size": draw(st.integers(8, 70)), "d_model": draw(WIDTH), "d_kv": draw(SMALL), "d_ff": draw(WIDTH),
        "num_heads": draw(SMALL), "num_layers": draw(SMALL), "num_decoder_layers": draw(SMALL),
        "relative_attention_num_buckets": draw(st.sampled_from([4, 8, 32])), "relative_attention_max_distance": 12,
        "feed_forward_proj": draw(st.sampled_from(["relu", "gated-gelu", "gated-silu"])),
        "tie_word_embeddings": draw(st.booleans()),
    }  # fmt: skip


def whisper(draw: st.DrawFn) -> Fields:
    """Unlike encoders and decoders, each with heads of its own."""
    return {
        "vocab_size": draw(st.integers(8, 70)), "d_model": 12 * draw(SMALL), "num_mel_bins": draw(SMALL),
        "encoder_layers": draw(SMALL), "decoder_layers": draw(SMALL), "encoder_attention_heads": draw(SMALL),
        "decoder_attention_heads": draw(SMALL), "encoder_ffn_dim": draw(WIDTH), "decoder_ffn_dim": draw(WIDTH),
        "max_source_positions": draw(st.integers(1, 20)), "max_target_positions": draw(st.integers(24, 40)),
        "pad_token_id": 0,
    }  # fmt: skip


DRAWN: dict[str, Callable[[st.DrawFn], Fields]] = {
    "bert": bert,
    "deepseek_v2": deepseek_v2,
    "deepseek_v3": latent,
    "falcon": falcon,
    "gemma": gemma,
    "gemma2": gemma2,
    "gemma3_text": gemma3,
    "gpt2": gpt2,
    "gpt_neox": gpt_neox,
    "gpt_oss": gpt_oss,
    "llama": llama,
    "mistral": mistral,
    "mixtral": mixtral,
    "opt": opt,
    "phi3": phi3,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "qwen3_moe": qwen3_moe,
    "roberta": roberta,
    "starcoder2": starcoder2,
    "t5": t5,
    "whisper": whisper,
}


@st.composite
def configs(draw: st.DrawFn, model_type: str) -> Fields:
    """A config of ``model_type``."""
    return {"model_type": model_type, **DRAWN[model_type](draw)}
