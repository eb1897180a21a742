"""Tables of how llama.cpp treats networks, by their ``model_type``.

These sets say which networks have sliding windows in its cache and which networks it does not run. The sources are
src/llama-model.cpp (``swa_type``) in github.com/ggml-org/llama.cpp of December 2025, and src/models/ of 2026 for Phi 3,
Qwen 2 and 3, Starcoder 2, Gemma 2 and gpt-oss.
"""

WINDOWED = frozenset(
    (
        "afmoe", "cohere2", "exaone4", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text", "gpt_oss",
        "llama4", "llama4_text", "olmo2", "olmo3", "smallthinker",
    )
)  # fmt: skip
"""The networks whose sliding windows its loaders read."""
UNWINDOWED = frozenset(("llama", "mistral", "mixtral", "phi3", "qwen2", "qwen3", "qwen3_moe", "starcoder2"))
"""The networks in which every layer keeps the whole context.

llama.cpp disables the windows of Phi 3 (pull request 13676, May 2025) and does not read those of the others. How it
treats any other ``model_type`` is not recorded here.
"""
NOT_RUN = frozenset(("opt", "whisper"))
"""The packaged families for which it has no architecture."""
FORMATS = ("fp32", "fp16", "bf16", "Q8_0", "Q4_0", "Q4_1", "IQ4_NL", "Q5_0", "Q5_1")
"""The formats of ``--cache-type-k`` and ``--cache-type-v``, from kv_cache_types in common/arg.cpp."""
