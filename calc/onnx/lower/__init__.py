"""Converts each op of ONNX to layers. Each module covers a family of ops and has a table of their rules."""

from collections.abc import Callable, Sequence
from importlib import import_module

from calc.errors import Nearest
from calc.importing.draft import KEPT
from calc.onnx.call import NodeCall
from calc.onnx.model import OnnxNode
from calc.onnx.values import Thing

Rule = Callable[[NodeCall], Sequence[Thing | None]]
"""A function from a node to the things its outputs are. It raises OpError and SpecError."""

FAMILIES = {
    "activations": (
        "Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "LogSoftmax", "Mish", "PRelu", "Relu",
        "Selu", "Shrink", "Sigmoid", "Softmax", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu",
    ),
    "arithmetic": (
        "Abs", "Add", "Cos", "Div", "Exp", "Log", "Max", "Min", "Mul", "Neg", "Pow", "Reciprocal", "Sin", "Sqrt", "Sub",
        "Sum", "Where",
    ),
    "attention": ("Attention",),
    "comparisons": ("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor"),
    "convolutions": ("Conv", "ConvTranspose"),
    "layout": ("Concat", "Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"),
    "lookups": ("CumSum", "Gather", "GatherND", "TopK"),
    "norms": (
        "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization",
        "LpNormalization", "MeanVarianceNormalization", "RMSNormalization",
    ),
    "parts": ("Expand", "Pad", "Slice", "Split", "Tile"),
    "passed_on": ("Cast", "CastLike", "Dropout", "Identity"),
    "pools": (
        "AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool",
    ),
    "products": ("Einsum", "Gemm", "MatMul"),
    "quantised": (
        "BipolarQuant", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv",
        "QLinearMatMul", "Quant", "QuantizeLinear", "Trunc",
    ),
    "recurrent": ("GRU", "LSTM", "RNN"),
    "resize": ("DepthToSpace", "GridSample", "Resize", "SpaceToDepth", "Upsample"),
    "reductions": (
        "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum",
        "ReduceSumSquare",
    ),
}  # fmt: skip
"""The families and their ops."""
FAMILY_OF = {op: family for family, ops in FAMILIES.items() for op in ops}

QONNX = ("BipolarQuant", "Quant", "Trunc")
OTHER_DOMAINS = {
    "com.microsoft": ("DequantizeLinear", "Gelu", "QuantizeLinear"),
    **dict.fromkeys(("onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general"), QONNX),
}
"""The ops that are read from domains other than ONNX's own."""

NEAR = {
    "Erf": "gelu, x · Φ(x)",
    "ArgMax": "topk keeps the values; what comes after the argmax can be left out of the export",
    "NonMaxSuppression": "leave the choice of boxes out of the export",
    "Loop": "export the network with its loops unrolled; write an EmbeddingBag as an Embedding and a sum or mean",
    "Scan": "export the network with its loops unrolled",
    "ScatterND": "join the parts (torch.cat), or choose (torch.where), in place of writing into some",
    "RoiAlign": "roi_align",
    "DeformConv": "deform_conv2d",
    "MaxUnpool": "max_unpool2d",
}
"""Ops that are not read, each with the nearest alternative."""


def rule_of(node: OnnxNode) -> Rule | None:
    """Return the rule for ``node``, or None if its op is not read."""
    known = node.op in OTHER_DOMAINS.get(node.domain, ()) if node.domain else node.op not in QONNX
    family = FAMILY_OF.get(node.op) if known else None
    if family is None:
        return None
    table: dict[str, Rule] = import_module(f"calc.onnx.lower.{family}").RULES
    return table[node.op]


def near(node: OnnxNode) -> "str | Nearest":
    """Return a hint for an op that is not read. Similar words are suggested only if ONNX itself has no such op."""
    if node.domain:
        hint = "an op of that domain is known to what made the file; export it in ops of ONNX"
        return hint if node.domain not in OTHER_DOMAINS else Nearest(node.op, OTHER_DOMAINS[node.domain])
    if node.op in NEAR:
        return NEAR[node.op]
    from onnx import defs

    return KEPT if defs.has(node.op) else Nearest(node.op, FAMILY_OF.keys(), listed=())
