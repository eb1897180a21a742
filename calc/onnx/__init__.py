"""Reads ONNX files as networks, without PyTorch and without loading the weights."""
