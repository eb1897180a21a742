"""The list of ops: each word in YAML, and the module that is imported when a spec first names it."""

from functools import cache
from importlib import import_module

from calc.ops.base import Op

WORDS = (
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "add",
    "attention",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "channel_shuffle",
    "concat",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "divide",
    "dropout",
    "elu",
    "embedding",
    "flatten",
    "gelu",
    "group_norm",
    "hardsigmoid",
    "hardswish",
    "identity",
    "instance_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mish",
    "multihead_attention",
    "multiply",
    "pad",
    "permute",
    "pixel_shuffle",
    "power",
    "prelu",
    "reduce",
    "relu",
    "relu6",
    "reshape",
    "select",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "subtract",
    "tanh",
    "tensor",
    "upsample",
)


@cache
def op_class(word: str) -> type[Op]:
    """The class of a word in WORDS; its file is imported on first use."""
    module = import_module(f"calc.ops.{word}")
    found: type[Op] = getattr(module, class_name(word))
    return found


def class_name(word: str) -> str:
    """The class that ``word``'s file defines: ``batch_norm`` → ``BatchNorm``."""
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))
