"""Builds the activations with torch.nn's modules. Their arguments have the names of the ops' fields."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.activation import Activation

MODULES: dict[str, Callable[..., nn.Module]] = {
    "celu": nn.CELU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "hardshrink": nn.Hardshrink,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "hardtanh": nn.Hardtanh,
    "leaky_relu": nn.LeakyReLU,
    "mish": nn.Mish,
    "prelu": nn.PReLU,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "selu": nn.SELU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "tanh": nn.Tanh,
    "threshold": nn.Threshold,
}


def build(op: Activation, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return the torch.nn module of the activation."""
    return MODULES[op.word](**op.values())
