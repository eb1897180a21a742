"""An ONNX file as a network: read without PyTorch, its weights by reference."""
