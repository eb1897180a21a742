"""Reads the headers of files of weights (safetensors and GGUF). The values of tensors are not read."""

SUFFIXES = (".safetensors", ".safetensors.index.json", ".gguf")


def is_weight_file(path: str) -> bool:
    """Return True if the name of a file is that of a file of weights."""
    return path.endswith(SUFFIXES)
