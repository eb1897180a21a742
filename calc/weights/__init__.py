"""Files of weights, safetensors and GGUF, told by their headers alone: no tensor's values are read."""
