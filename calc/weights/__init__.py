"""Files of weights, safetensors and GGUF, told by their headers alone: no tensor's values are read."""

SUFFIXES = (".safetensors", ".safetensors.index.json", ".gguf")


def is_weight_file(path: str) -> bool:
    """Whether a file is called as files of weights are."""
    return path.endswith(SUFFIXES)
