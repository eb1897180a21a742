"""Lists the ops: the word of each, and the file that is imported when a spec first uses it."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from calc.errors import OpError
from calc.ops.base import Op, class_name

if TYPE_CHECKING:
    from calc.ops.base.outside import Outside

FILES = {
    "abs": "functions",
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
    "cache": "cache",
    "celu": "activation",
    "channel_shuffle": "channel_shuffle",
    "clamp": "functions",
    "class_token": "class_token",
    "compare": "compare",
    "concat": "concat",
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
    "conv_transpose1d": "conv_transpose",
    "conv_transpose2d": "conv_transpose",
    "conv_transpose3d": "conv_transpose",
    "cos": "functions",
    "cumsum": "cumsum",
    "deform_conv2d": "deform_conv",
    "divide": "arithmetic",
    "dropout": "dropout",
    "einsum": "einsum",
    "elu": "activation",
    "embedding": "embedding",
    "embedding_bag": "embedding_bag",
    "exp": "functions",
    "expand": "expand",
    "flatten": "flatten",
    "flip": "flip",
    "fold": "fold",
    "frozen_batch_norm": "batch_norm",
    "gelu": "activation",
    "glu": "glu",
    "grid_sample": "grid_sample",
    "group_norm": "group_norm",
    "gru": "recurrent",
    "hardshrink": "activation",
    "hardsigmoid": "activation",
    "hardswish": "activation",
    "hardtanh": "activation",
    "identity": "identity",
    "index": "index",
    "instance_norm": "instance_norm",
    "layer_norm": "layer_norm",
    "layer_scale": "layer_scale",
    "leaky_relu": "activation",
    "linear": "linear",
    "local_response_norm": "local_response_norm",
    "log": "functions",
    "log_softmax": "softmax",
    "lp_pool1d": "lp_pool",
    "lp_pool2d": "lp_pool",
    "lp_pool3d": "lp_pool",
    "lstm": "recurrent",
    "matmul": "matmul",
    "max_pool1d": "pool",
    "max_pool2d": "pool",
    "max_pool3d": "pool",
    "max_unpool1d": "max_unpool",
    "max_unpool2d": "max_unpool",
    "max_unpool3d": "max_unpool",
    "mish": "activation",
    "multihead_attention": "multihead_attention",
    "multiply": "arithmetic",
    "opaque": "opaque",
    "pad": "pad",
    "pad_to_multiple": "pad_to_multiple",
    "patch_merge": "patch_merge",
    "permute": "permute",
    "pixel_shuffle": "pixel_shuffle",
    "pixel_unshuffle": "pixel_shuffle",
    "pooling_attention": "pooling_attention",
    "position_embedding": "position_embedding",
    "power": "arithmetic",
    "prelu": "activation",
    "reduce": "reduce",
    "relative_attention": "relative_attention",
    "relative_position_attention": "relative_position_attention",
    "relu": "activation",
    "relu6": "activation",
    "repeat_interleave": "tile",
    "reshape": "reshape",
    "rms_norm": "layer_norm",
    "rnn": "recurrent",
    "roi_align": "roi_align",
    "roll": "roll",
    "rotary": "rotary",
    "scaled_dot_product_attention": "scaled_dot_product_attention",
    "select": "select",
    "selective_scan": "selective_scan",
    "selu": "activation",
    "sigmoid": "activation",
    "silu": "activation",
    "sin": "functions",
    "slice": "slice",
    "softmax": "softmax",
    "softplus": "activation",
    "softsign": "activation",
    "sqrt": "functions",
    "squeeze": "squeeze",
    "stack": "stack",
    "subtract": "arithmetic",
    "tanh": "activation",
    "tensor": "tensor",
    "threshold": "activation",
    "tile": "tile",
    "topk": "topk",
    "unfold": "fold",
    "unsqueeze": "squeeze",
    "upsample": "upsample",
    "where": "where",
    "window_attention": "window_attention",
    "window_attention3d": "window_attention",
}
"""The file of each op, named alike here, in `verify/build` and in the tests. A family of ops shares one file."""

MADE = {"dispatch": "base.experts", "experts": "base.experts"}
"""The files of ops that a spec cannot name, because structures of the language create them."""

WORDS = tuple(FILES)
"""The words of calc's own ops, in alphabetical order."""


def is_op(word: str) -> bool:
    """Return whether ``word`` is an op: one of calc's own, or one that another installed distribution registers."""
    return word in FILES or (word[:1].islower() and word in outside().ops)


def words() -> tuple[str, ...]:
    """Return the words of all ops in alphabetical order, those of other distributions included.

    It searches the installed packages, so it is slower than WORDS.
    """
    return tuple(sorted((*WORDS, *outside().ops)))


@cache
def op_class(word: str) -> type[Op]:
    """Return the class of the op called ``word``; its file is imported on first use.

    This finds the ops that a spec cannot name, too. Raises OpError if there is no such op, or if it is another
    distribution's and cannot be loaded.
    """
    file = FILES.get(word) or MADE.get(word)
    if file is not None:
        found: type[Op] = getattr(import_module(f"calc.ops.{file}"), class_name(word))
        return found
    from calc.ops.base.outside import load

    if word not in outside().ops:
        raise OpError(outside().refused.get(word, f"unknown op {word!r}"))
    return load(word, outside().ops[word])


@cache
def outside() -> "Outside":
    """Return the ops that other distributions register. They are read once, when a word is not one of calc's own."""
    from calc.ops.base.outside import installed

    return installed(FILES | MADE)
