"""Loads what commands accept as a network: a spec, or an imported source (PyTorch code, timm, torchvision, ONNX)."""

from calc.sources.grammar import Source, read_source
from calc.sources.load import load

__all__ = ["Source", "load", "read_source"]
