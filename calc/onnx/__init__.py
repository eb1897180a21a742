"""ONNX files as networks: read without PyTorch and without loading the weights."""
