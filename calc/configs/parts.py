"""Reads configs of several parts, of which one is a language model: Gemma 3 with a vision tower."""

import json

from calc.configs.config import Config, key_in_message

TEXT, IMAGES = "text_config", "vision_config"
PARTS = {"gemma3": "gemma3_text"}
"""The ``model_type`` of the text part, by that of the whole model."""
PRUNED = "heads that are removed when the network is built"
"""The effect of ``pruned_heads``, in a part or beside it."""
_CLASSES = ("Gemma3ForConditionalGeneration", "Gemma3ForCausalLM")
_OF_ALL = ("quantization_config", "_name_or_path")
"""Fields beside the parts that apply to all parts."""
_OF_IMAGES = frozenset(
    {
        IMAGES, "mm_tokens_per_image", "boi_token_index", "eoi_token_index", "image_token_index", "boi_token_id",
        "eoi_token_id", "image_token_id", "tie_word_embeddings",
    }
)  # fmt: skip


def text_part(config: Config, ignored: frozenset[str]) -> tuple[Config, str]:
    """Return the config of the language model, and a description of what it leaves out.

    If ``config`` has no parts, returns it unchanged with empty text.
    """
    known, text = config.get("model_type"), config.get(TEXT)
    if not isinstance(known, str) or known not in PARTS or not isinstance(text, dict):
        return config, ""
    kind = text.get("model_type", PARTS[known])
    if kind != PARTS[known]:
        config.fault(TEXT, f"{TEXT} has model_type={json.dumps(kind)[:60]}, but {known} needs {PARTS[known]}")
    config.check_classes(_CLASSES)
    config.never_filled("pruned_heads", PRUNED)
    beside = {key: config.get(key) for key in _OF_ALL if config.get(key) is not None}
    for key in config.left(ignored | _OF_IMAGES):
        fact = f"{key_in_message(key)} beside {TEXT} is not understood, and may change a count"
        config.fault(key, fact, "remove it if it changes no count")
    part = config.part(beside | text | {"model_type": PARTS[known]})
    part.beside = config.among(ignored - _OF_IMAGES)
    return part, f"{IMAGES} is left out: the parameters and MACs of the vision tower are not counted"
