"""Lists every op that a counted network may run: the products, and the ops that cost no MACs, with the reason."""

import torch
from torch._ops import OpOverload

aten = torch.ops.aten

# The products, and the argument of each that is added to the product, not multiplied.
PRODUCTS: dict[OpOverload, str | None] = {
    aten.convolution.default: "bias",
    aten.mm.default: None,
    aten.bmm.default: None,
    aten.mv.default: None,
    aten.dot.default: None,
    aten.vdot.default: None,
    aten.addmm.default: "self",
    aten.baddbmm.default: "self",
    aten.addmv.default: "self",
    aten._trilinear.default: None,
}

# Views need no entry: an op whose result aliases its input has computed nothing.
_FREE = {
    "makes a tensor of known values": (
        "arange empty empty_like full full_like linspace new_empty new_full new_ones new_zeros ones ones_like "
        "scalar_tensor zero zeros zeros_like fill"
    ),
    "moves or copies elements": (
        "_to_copy _unsafe_view as_strided cat channel_shuffle clone col2im copy embedding flip gather im2col index "
        "index_select lift_fresh pixel_shuffle pixel_unshuffle repeat roll squeeze stack transpose tril triu t "
        "unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze where masked_fill max_unpool2d max_unpool3d"
    ),
    "pads": (
        "constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d "
        "replication_pad1d replication_pad2d replication_pad3d"
    ),
    "one operation per element, counted as elementwise": (
        "abs add addcmul bitwise_and bitwise_not bitwise_or ceil clamp clamp_max clamp_min cos cumsum div erf exp "
        "floor lerp log log2 logical_and logical_not logical_or maximum minimum mul neg pow reciprocal round rsqrt "
        "rsub sign sin sqrt square sub"
    ),
    "an activation, counted as elementwise": (
        "_prelu_kernel celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu log_sigmoid_forward "
        "mish relu rrelu_with_noise sigmoid silu softplus softshrink tanh threshold"
    ),
    "a norm or softmax, counted as elementwise": (
        "_log_softmax _safe_softmax _softmax linalg_vector_norm logsumexp native_batch_norm native_group_norm "
        "native_layer_norm"
    ),
    "comparisons only": (
        "adaptive_max_pool2d adaptive_max_pool3d amax amin argmax argmin eq ge gt le lt max "
        "max_pool2d_with_indices max_pool3d_with_indices min ne topk"
    ),
    "sums, and one division per output": (
        "_adaptive_avg_pool2d _adaptive_avg_pool3d _embedding_bag _embedding_bag_forward_only avg_pool2d avg_pool3d "
        "mean std sum var"
    ),
    "interpolates with fixed coefficients, counted as elementwise": (
        "_upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d "
        "_upsample_nearest_exact3d upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d "
        "upsample_nearest2d upsample_nearest3d upsample_trilinear3d grid_sampler_2d grid_sampler_3d"
    ),
}
FREE: dict[str, str] = {name: reason for reason, names in _FREE.items() for name in names.split()}

FREE_OUTSIDE = {("torchvision", "roi_align"): "interpolates with coefficients from boxes, counted as elementwise"}
"""Ops of other libraries, by namespace and name."""


def is_free(op: OpOverload) -> bool:
    """Return whether ``op`` is known to cost no MACs. An in-place op is looked up without its ``_``."""
    if (op.namespace, op._overloadpacket.__name__) in FREE_OUTSIDE:
        return True
    if op.namespace != "aten":
        return False
    return op.is_view or op._overloadpacket.__name__.removesuffix("_") in FREE
