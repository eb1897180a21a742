"""Modules that become one op of calc: attention of PyTorch and torchvision, LPPool, and frozen batch norms."""

from typing import Any

import torch
from torch import fx

from verify.importers.fields import given, one_or_each
from verify.importers.whole import ModuleRun, OneLayer, stands_for


@stands_for("torch.nn.modules.activation.MultiheadAttention")
def multihead_attention(run: ModuleRun) -> OneLayer | None:
    """Return attention with no mask or a causal one.

    The inputs of its first projections are queries, keys and values.
    """
    module: Any = run.module
    is_causal = _is_causal(run)
    sources = [_source(node, run) for node in run.named("linear")[:-1]]
    if (
        not 1 <= len(sources) <= 3
        or set(sources) != set(run.arriving)
        or is_causal is None
        or (is_causal and (module.bias_k is not None or module.add_zero_attn))
        or not run.all_have_batch_at(0 if module.batch_first else 1, 3)
    ):
        return None
    q, *others = sources
    k, v = (others or [q])[0], (others or [q])[-1]
    inputs = [q] if q is k is v else [q, k] if k is v else [q, k, v]
    usual = {"bias": True, "add_bias_kv": False, "add_zero_attn": False, "is_causal": False}
    fields = given(
        usual,
        bias=module.in_proj_bias is not None,
        add_bias_kv=module.bias_k is not None,
        add_zero_attn=bool(module.add_zero_attn),
        is_causal=is_causal,
    )
    return OneLayer("multihead_attention", inputs, {"num_heads": module.num_heads, **fields})


def _source(node: fx.Node, run: ModuleRun) -> fx.Node:
    """Return the node from which ``node`` comes through operations with one input only, such as a transpose."""
    first = node.all_input_nodes[0]
    while first not in run.arriving and len(first.all_input_nodes) == 1:
        first = first.all_input_nodes[0]
    return first


_HIDDEN = -1e9
"""Masks add this number or a smaller one to the scores of hidden pairs, whose weights in the softmax are then 0."""


def _is_causal(run: ModuleRun) -> bool | None:
    """Return whether the mask is causal: False if there is no mask, None for any other mask."""
    found = []
    for node in run.named("scaled_dot_product_attention"):
        mask = node.kwargs.get("attn_mask", node.args[3] if len(node.args) > 3 else None)
        causal = bool(node.kwargs.get("is_causal", len(node.args) > 5 and node.args[5]))
        found.append(causal if mask is None else _is_of_places(run, mask))
    found += [_is_of_places(run, node.args[0]) for node in run.named("baddbmm")]
    filled = [node for node in run.named("masked_fill", "masked_fill_") if run.constant(node) is None]
    return None if filled or len(set(found)) > 1 else (found or [False])[0]


def _is_of_places(run: ModuleRun, mask: Any) -> bool | None:
    """Return True if ``mask``, which is added to scores, hides the keys after the position of each query; else None."""
    values = run.constant(mask)
    if values is None or values.dim() < 2 or not values.is_floating_point():
        return None
    seen = torch.ones(values.shape[-2:], dtype=torch.bool).tril().expand_as(values)
    return True if bool((values[seen] == 0).all() and (values[~seen] <= _HIDDEN).all()) else None


@stands_for(
    "torchvision.models.swin_transformer.ShiftedWindowAttention",
    "torchvision.models.swin_transformer.ShiftedWindowAttentionV2",
    "torchvision.models.video.swin_transformer.ShiftedWindowAttention3d",
)
def window_attention(run: ModuleRun) -> OneLayer | None:
    """Return Swin's attention in windows."""
    module: Any = run.module
    rank = len(module.window_size)
    if not run.all_have_batch_at(0, rank + 2):
        return None
    usual = {"shift_size": 0, "cosine": False}
    fields = given(
        usual,
        shift_size=one_or_each(module.shift_size, rank),
        cosine=hasattr(module, "logit_scale"),
    )
    word = "window_attention" if rank == 2 else "window_attention3d"
    sizes = {"num_heads": module.num_heads, "window_size": one_or_each(module.window_size, rank)}
    return OneLayer(word, list(run.arriving), {**sizes, **fields})


@stands_for(*[f"torch.nn.modules.pooling.LPPool{rank}d" for rank in (1, 2, 3)])
def lp_pool(run: ModuleRun) -> OneLayer | None:
    """Return the root of the sum of powers of each window (LPPool)."""
    module: Any = run.module
    rank = int(type(module).__name__[-2])
    if not run.all_have_batch_at(0, rank + 2):
        return None
    kernel = one_or_each(module.kernel_size, rank)
    stride = kernel if module.stride is None else one_or_each(module.stride, rank)
    fields = given({"stride": kernel, "ceil_mode": False}, stride=stride, ceil_mode=module.ceil_mode)
    sizes = {"norm_type": module.norm_type, "kernel_size": kernel}
    return OneLayer(f"lp_pool{rank}d", list(run.arriving), {**sizes, **fields}, channels=-rank - 1)


@stands_for("torchvision.ops.misc.FrozenBatchNorm2d")
def frozen_batch_norm(run: ModuleRun) -> OneLayer:
    """Return a batch norm whose tensors are buffers. torchvision computes its scale in each call."""
    module: Any = run.module
    return OneLayer("frozen_batch_norm", list(run.arriving), given({"eps": 1e-5}, eps=module.eps), channels=-3)
