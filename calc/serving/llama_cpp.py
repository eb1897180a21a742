"""What llama.cpp does by the ``model_type`` of a network: which have windows in its cache, and which it does not run.

Read in github.com/ggml-org/llama.cpp, src/llama-model.cpp of December 2025 (``swa_type``), and in src/models/ of 2026
for Phi 3, Qwen 2 and 3, Starcoder 2, Gemma 2 and gpt-oss.
"""

WINDOWED = frozenset(
    (
        "afmoe", "cohere2", "exaone4", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text", "gpt_oss",
        "llama4", "llama4_text", "olmo2", "olmo3", "smallthinker",
    )
)  # fmt: skip
"""Those whose windows its loaders read."""
UNWINDOWED = frozenset(("llama", "mistral", "mixtral", "phi3", "qwen2", "qwen3", "qwen3_moe", "starcoder2"))
"""Those of which every layer keeps the whole context: windows of Phi 3 it puts out of use (pull request 13676, May
2025), those of the others it does not read. Of any other ``model_type`` nothing is known here."""
NOT_RUN = frozenset(("opt", "whisper"))
"""Those of the packaged families for which it has no architecture."""
FORMATS = ("fp32", "fp16", "bf16", "Q8_0", "Q4_0", "Q4_1", "IQ4_NL", "Q5_0", "Q5_1")
"""Those of ``--cache-type-k`` and ``--cache-type-v``: kv_cache_types in common/arg.cpp."""
