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
"""Those whose windows its loaders read. Of others every layer keeps the whole context: those of Mistral, Mixtral,
Qwen 2 and 3 and Starcoder 2 it does not read, and those of Phi 3 it puts out of use (pull request 13676, May 2025)."""
NOT_RUN = frozenset(("opt", "whisper"))
"""Those of the packaged families for which it has no architecture."""
