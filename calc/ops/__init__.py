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
    "bilinear",
    "channel_shuffle",
    "class_token",
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
    "expand",
    "flatten",
    "fold",
    "gelu",
    "group_norm",
    "gru",
    "hardsigmoid",
    "hardswish",
    "identity",
    "instance_norm",
    "layer_norm",
    "layer_scale",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "lstm",
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mish",
    "multihead_attention",
    "multiply",
    "pad",
    "pad_to_multiple",
    "patch_merge",
    "permute",
    "pixel_shuffle",
    "pooling_attention",
    "position_embedding",
    "power",
    "prelu",
    "reduce",
    "relative_attention",
    "relu",
    "relu6",
    "reshape",
    "rnn",
    "roll",
    "scaled_dot_product_attention",
    "select",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "stack",
    "subtract",
    "tanh",
    "tensor",
    "unfold",
    "upsample",
    "window_attention",
    "window_attention3d",
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
