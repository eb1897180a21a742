"""A config of several parts, of which one is a language model: Gemma 3 with what sees images."""

import json

from calc.configs.config import Config, key_in_message

TEXT, IMAGES = "text_config", "vision_config"
PARTS = {"gemma3": "gemma3_text"}
"""What the text of a ``model_type`` is of."""
PRUNED = "heads that are taken out when the network is built"
"""What ``pruned_heads`` means, of a part and beside it."""
_CLASSES = ("Gemma3ForConditionalGeneration", "Gemma3ForCausalLM")
_OF_ALL = ("quantization_config", "_name_or_path")
"""Fields that stand beside the parts and are about all of them."""
_OF_IMAGES = frozenset(
    {
        IMAGES, "mm_tokens_per_image", "boi_token_index", "eoi_token_index", "image_token_index", "boi_token_id",
        "eoi_token_id", "image_token_id", "tie_word_embeddings",
    }
)  # fmt: skip


def text_part(config: Config, ignored: frozenset[str]) -> tuple[Config, str]:
    """The language model in ``config``, and what that leaves out; ``config`` and nothing where it has no parts."""
    known, text = config.get("model_type"), config.get(TEXT)
    if not isinstance(known, str) or known not in PARTS or not isinstance(text, dict):
        return config, ""
    kind = text.get("model_type", PARTS[known])
    if kind != PARTS[known]:
        config.fault(TEXT, f"{TEXT} of model_type={json.dumps(kind)[:60]}: {known} has one of {PARTS[known]}")
    config.check_classes(_CLASSES)
    config.never_filled("pruned_heads", PRUNED)
    beside = {key: config.get(key) for key in _OF_ALL if config.get(key) is not None}
    for key in config.left(ignored | _OF_IMAGES):
        fact = f"{key_in_message(key)} beside {TEXT} is not understood, and may change a count"
        config.fault(key, fact, "remove it if it cannot")
    part = config.part(beside | text | {"model_type": PARTS[known]})
    part.beside = config.among(ignored - _OF_IMAGES)
    return part, f"{IMAGES} is left out: what sees images, its parameters and its MACs are not counted"
