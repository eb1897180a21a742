"""Lists fields of a config that are two names for one value, which must not contradict each other."""

from collections.abc import Mapping

from calc.configs.config import Config
from calc.frozen import FrozenDict

_EXPERTS = {"num_experts": "num_local_experts"}
_ROUTED = {"num_local_experts": "n_routed_experts", "num_experts": "n_routed_experts"}
_WIDTH = {"hidden_size": "d_model"}

SYNONYMS: Mapping[str, Mapping[str, str]] = FrozenDict(
    {
        "deepseek_v2": _ROUTED,
        "deepseek_v3": _ROUTED | {"num_mtp_layers": "num_nextn_predict_layers"},
        "gpt2": {
            "hidden_size": "n_embd", "max_position_embeddings": "n_positions", "num_attention_heads": "n_head",
            "num_hidden_layers": "n_layer",
        },
        "gpt_oss": _EXPERTS,
        "mixtral": _EXPERTS,
        "qwen3_moe": _EXPERTS,
        "t5": _WIDTH | {"num_attention_heads": "num_heads", "num_hidden_layers": "num_layers", "head_dim": "d_kv"},
        "whisper": _WIDTH | {
            "num_attention_heads": "encoder_attention_heads", "num_key_value_heads": "encoder_attention_heads",
            "num_hidden_layers": "encoder_layers",
        },
    }
)  # fmt: skip
"""For each ``model_type``, the field that each other name stands for: ``attribute_map`` of transformers' class."""


def check_synonyms(config: Config, model_type: str) -> None:
    """Report two names of one field that have different values."""
    for other, name in SYNONYMS.get(model_type, {}).items():
        config.agree(name, other)
