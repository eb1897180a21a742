"""Builds the activations: torch.nn's modules, whose arguments are named as the ops' fields."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.activation import Activation

MODULES: dict[str, Callable[..., nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "leaky_relu": nn.LeakyReLU,
    "mish": nn.Mish,
    "prelu": nn.PReLU,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softmax": nn.Softmax,
    "tanh": nn.Tanh,
}


def build(op: Activation, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """The module of the op's word."""
    return MODULES[op.word](**op.values())
