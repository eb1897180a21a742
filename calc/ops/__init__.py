"""The list of ops: each word in YAML, and the file that is imported when a spec first names it."""

from functools import cache
from importlib import import_module

from calc.ops.base import Op, class_name

FILES = {
    "adaptive_avg_pool1d": "adaptive_pool",
    "adaptive_avg_pool2d": "adaptive_pool",
    "adaptive_avg_pool3d": "adaptive_pool",
    "adaptive_max_pool1d": "adaptive_pool",
    "adaptive_max_pool2d": "adaptive_pool",
    "adaptive_max_pool3d": "adaptive_pool",
    "add": "arithmetic",
    "attention": "attention",
    "avg_pool1d": "pool",
    "avg_pool2d": "pool",
    "avg_pool3d": "pool",
    "batch_norm": "batch_norm",
    "bilinear": "bilinear",
    "channel_shuffle": "channel_shuffle",
    "class_token": "class_token",
    "concat": "concat",
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
    "conv_transpose1d": "conv_transpose",
    "conv_transpose2d": "conv_transpose",
    "conv_transpose3d": "conv_transpose",
    "divide": "arithmetic",
    "dropout": "dropout",
    "elu": "activation",
    "embedding": "embedding",
    "expand": "expand",
    "flatten": "flatten",
    "fold": "fold",
    "gelu": "activation",
    "group_norm": "group_norm",
    "gru": "recurrent",
    "hardsigmoid": "activation",
    "hardswish": "activation",
    "identity": "identity",
    "instance_norm": "instance_norm",
    "layer_norm": "layer_norm",
    "layer_scale": "layer_scale",
    "leaky_relu": "activation",
    "linear": "linear",
    "local_response_norm": "local_response_norm",
    "lstm": "recurrent",
    "matmul": "matmul",
    "max_pool1d": "pool",
    "max_pool2d": "pool",
    "max_pool3d": "pool",
    "mish": "activation",
    "multihead_attention": "multihead_attention",
    "multiply": "arithmetic",
    "pad": "pad",
    "pad_to_multiple": "pad_to_multiple",
    "patch_merge": "patch_merge",
    "permute": "permute",
    "pixel_shuffle": "pixel_shuffle",
    "pooling_attention": "pooling_attention",
    "position_embedding": "position_embedding",
    "power": "arithmetic",
    "prelu": "activation",
    "reduce": "reduce",
    "relative_attention": "relative_attention",
    "relu": "activation",
    "relu6": "activation",
    "reshape": "reshape",
    "rnn": "recurrent",
    "roll": "roll",
    "scaled_dot_product_attention": "scaled_dot_product_attention",
    "select": "select",
    "sigmoid": "activation",
    "silu": "activation",
    "slice": "slice",
    "softmax": "activation",
    "stack": "stack",
    "subtract": "arithmetic",
    "tanh": "activation",
    "tensor": "tensor",
    "unfold": "fold",
    "upsample": "upsample",
    "window_attention": "window_attention",
    "window_attention3d": "window_attention",
}
"""The file of each word, here, in `verify/build` and in the tests; a family of ops shares one."""

WORDS = tuple(FILES)


@cache
def op_class(word: str) -> type[Op]:
    """The class of a word in WORDS; its file is imported on first use."""
    module = import_module(f"calc.ops.{FILES[word]}")
    found: type[Op] = getattr(module, class_name(word))
    return found
