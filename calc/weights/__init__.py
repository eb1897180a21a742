"""Files of weights (safetensors and GGUF), read from their headers only: no values of tensors are read."""

SUFFIXES = (".safetensors", ".safetensors.index.json", ".gguf")


def is_weight_file(path: str) -> bool:
    """Whether a file is called as files of weights are."""
    return path.endswith(SUFFIXES)
