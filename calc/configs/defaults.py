"""Defaults of the fields that a config leaves out, from transformers' class for each ``model_type``.

The tables have only fields that change a count, the number of tokens that a network was trained for, and fields whose
default differs between classes. A field that transformers derives from others has no entry, because ``calc.configs``
derives it too. A test compares every row with transformers.
"""

from collections.abc import Mapping
from typing import Any

from calc.frozen import FrozenDict

_LLAMA = {
    "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
    "num_attention_heads": 32, "max_position_embeddings": 2048,
}  # fmt: skip
_MISTRAL = _LLAMA | {
    "intermediate_size": 14336, "num_key_value_heads": 8, "max_position_embeddings": 131072,
}  # fmt: skip
_QWEN = {
    "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 32, "sliding_window": 4096, "max_window_layers": 28,
    "max_position_embeddings": 32768,
}  # fmt: skip
_GEMMA2 = {
    "vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
    "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "query_pre_attn_scalar": 256,
    "sliding_window": 4096, "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 8192,
}  # fmt: skip
_BERT = {
    "vocab_size": 30522, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "max_position_embeddings": 512, "type_vocab_size": 2,
}  # fmt: skip
_DEEPSEEK = {"kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64}

DEFAULTS: Mapping[str, Mapping[str, Any]] = FrozenDict(
    {
        "bert": _BERT,
        "deepseek_v2": _DEEPSEEK | {
            "vocab_size": 102400, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "v_head_dim": 128, "n_routed_experts": 64, "n_shared_experts": 2,
            "moe_intermediate_size": 1407, "first_k_dense_replace": 0, "max_position_embeddings": 2048,
        },
        "deepseek_v3": _DEEPSEEK | {
            "vocab_size": 129280, "hidden_size": 7168, "intermediate_size": 18432, "num_hidden_layers": 61,
            "num_attention_heads": 128, "v_head_dim": 128, "n_routed_experts": 256, "n_shared_experts": 1,
            "moe_intermediate_size": 2048, "first_k_dense_replace": 3, "num_experts_per_tok": 8, "n_group": 8,
            "topk_group": 4, "routed_scaling_factor": 2.5, "max_position_embeddings": 4096,
        },
        "falcon": {
            "vocab_size": 65024, "hidden_size": 4544, "num_hidden_layers": 32, "num_attention_heads": 71,
            "max_position_embeddings": 2048,
        },
        "gemma": {
            "vocab_size": 256000, "hidden_size": 3072, "intermediate_size": 24576, "num_hidden_layers": 28,
            "num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 256,
            "hidden_act": "gelu_pytorch_tanh", "max_position_embeddings": 8192,
        },
        "gemma2": _GEMMA2,
        "gemma3_text": _GEMMA2 | {"vocab_size": 262208, "max_position_embeddings": 131072},
        "gpt2": {"vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12},
        "gpt_neox": {
            "vocab_size": 50432, "hidden_size": 6144, "intermediate_size": 24576, "num_hidden_layers": 44,
            "num_attention_heads": 64, "max_position_embeddings": 2048,
        },
        "gpt_oss": {
            "vocab_size": 201088, "hidden_size": 2880, "intermediate_size": 2880, "num_hidden_layers": 36,
            "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64, "sliding_window": 128,
            "num_local_experts": 128, "num_experts_per_tok": 4, "rms_norm_eps": 1e-5, "rope_theta": 150_000,
            "max_position_embeddings": 131072,
        },
        "llama": _LLAMA,
        "mistral": _MISTRAL | {"sliding_window": 4096},
        "mixtral": _MISTRAL | {
            "num_local_experts": 8, "num_experts_per_tok": 2, "rms_norm_eps": 1e-5, "rope_theta": 1_000_000,
        },
        "opt": {
            "vocab_size": 50272, "hidden_size": 768, "ffn_dim": 3072, "num_hidden_layers": 12,
            "num_attention_heads": 12, "max_position_embeddings": 2048,
        },
        "phi3": {
            "vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32,
            "num_attention_heads": 32, "rms_norm_eps": 1e-5, "max_position_embeddings": 4096,
        },
        "qwen2": _QWEN,
        "qwen3": _QWEN | {"head_dim": 128},
        "qwen3_moe": {
            "vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 24,
            "num_attention_heads": 32, "num_key_value_heads": 4, "sliding_window": 4096, "num_experts": 128,
            "num_experts_per_tok": 8, "moe_intermediate_size": 768, "decoder_sparse_step": 1,
            "max_position_embeddings": 32768,
        },
        "roberta": _BERT | {"vocab_size": 50265, "pad_token_id": 1},
        "starcoder2": {
            "vocab_size": 49152, "hidden_size": 3072, "intermediate_size": 12288, "num_hidden_layers": 30,
            "num_attention_heads": 24, "num_key_value_heads": 2, "max_position_embeddings": 4096,
            "hidden_act": "gelu_pytorch_tanh",
        },
        "t5": {
            "vocab_size": 32128, "d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_heads": 8,
            "relative_attention_num_buckets": 32,
        },
        "whisper": {
            "vocab_size": 51865, "num_mel_bins": 80, "d_model": 384, "encoder_layers": 4,
            "encoder_attention_heads": 6, "encoder_ffn_dim": 1536, "decoder_layers": 4, "decoder_attention_heads": 6,
            "decoder_ffn_dim": 1536, "max_source_positions": 1500, "max_target_positions": 448,
        },
    }
)  # fmt: skip
