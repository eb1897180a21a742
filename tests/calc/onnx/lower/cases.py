"""Small ONNX models, each with the layers that it becomes; their outputs are compared in tests/verify/test_onnx.py."""

from tests.calc.onnx.lower.case import MAP, TOKENS, Case, ints, np, one
from tests.calc.onnx.lower.layout import LAYOUT
from tests.calc.onnx.models import Small

CASES: dict[str, Case] = {
    # convolutions: 8 · 6 · 3 · 3 weights at 6 · 6 positions, and so on
    "conv": one("Conv", "conv2d", inputs="x w", tensors={"w": (8, 6, 3, 3)}, macs=8 * 6 * 9 * 36),
    "conv bias": one("Conv", "conv2d", inputs="x w b", tensors={"w": (8, 6, 3, 3), "b": (8,)}, macs=8 * 6 * 9 * 36),
    "conv strides": one(
        "Conv",
        "conv2d",
        inputs="x w",
        tensors={"w": (8, 6, 3, 3)},
        macs=8 * 6 * 9 * 16,
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    ),
    "conv pads": one(
        "Conv", "conv2d", inputs="x w", tensors={"w": (8, 6, 3, 3)}, macs=8 * 6 * 9 * 49, pads=[0, 0, 1, 1]
    ),
    "conv groups": one("Conv", "conv2d", inputs="x w", tensors={"w": (6, 1, 3, 3)}, macs=6 * 9 * 36, group=6),
    "conv upper": one(
        "Conv",
        "conv2d",
        inputs="x w",
        tensors={"w": (8, 6, 3, 3)},
        macs=8 * 6 * 9 * 16,
        strides=[2, 2],
        auto_pad="SAME_UPPER",
    ),
    "conv lower": one(
        "Conv",
        "conv2d",
        inputs="x w",
        tensors={"w": (8, 6, 3, 3)},
        macs=8 * 6 * 9 * 16,
        strides=[2, 2],
        auto_pad="SAME_LOWER",
    ),
    "conv valid": one(
        "Conv", "conv2d", inputs="x w", tensors={"w": (8, 6, 3, 3)}, macs=8 * 6 * 9 * 36, auto_pad="VALID"
    ),
    "conv1d": one(
        "Conv", "conv1d", ("N", 6, 8), inputs="x w", tensors={"w": (8, 6, 3)}, macs=8 * 6 * 3 * 4, dilations=[2]
    ),
    "conv3d": one(
        "Conv", "conv3d", ("N", 6, 4, 4, 4), inputs="x w", tensors={"w": (8, 6, 2, 2, 2)}, macs=8 * 6 * 8 * 27
    ),
    "conv transpose": one(
        "ConvTranspose",
        "conv_transpose2d",
        inputs="x w b",
        tensors={"w": (6, 4, 3, 3), "b": (4,)},
        macs=6 * 4 * 9 * 64,
        strides=[2, 2],
        pads=[1, 1, 1, 1],
        output_padding=[1, 1],
    ),
    "conv transpose in groups": one(
        "ConvTranspose",
        "conv_transpose2d",
        inputs="x w b",
        tensors={"w": (6, 2, 3, 3), "b": (4,)},
        macs=6 * 2 * 9 * 64,
        strides=[2, 2],
        group=2,
    ),
    "conv transpose uneven": one(
        "ConvTranspose",
        "conv_transpose2d slice slice",
        inputs="x w",
        tensors={"w": (6, 4, 3, 3)},
        macs=6 * 4 * 9 * 64,
        strides=[2, 2],
        pads=[0, 1, 1, 0],
    ),
    "conv transpose to a size": one(
        "ConvTranspose",
        "conv_transpose2d slice slice",
        inputs="x w",
        tensors={"w": (6, 4, 3, 3)},
        macs=6 * 4 * 9 * 64,
        strides=[2, 2],
        output_shape=[16, 16],
    ),
    # products
    "gemm": one("Gemm", "linear", ("N", 6), inputs="x w b", tensors={"w": (6, 4), "b": (4,)}, macs=24),
    "gemm turned": one(
        "Gemm",
        "linear",
        ("N", 6),
        inputs="x w b",
        tensors={"w": (4, 6), "b": (1, 4)},
        macs=24,
        transB=1,
        alpha=0.5,
        beta=2.0,
    ),
    "gemm one number": one("Gemm", "linear add", ("N", 6), inputs="x w b", tensors={"w": (6, 4), "b": (1,)}, macs=24),
    "gemm without c": one("Gemm", "linear", ("N", 6), inputs="x w", tensors={"w": (6, 4)}, macs=24),
    "gemm transposed": one("Gemm", "linear", (6, "N"), inputs="x w", tensors={"w": (6, 4)}, macs=24, transA=1),
    "matmul of the file": one("MatMul", "linear", TOKENS, inputs="x w", tensors={"w": (6, 4)}, macs=5 * 24),
    "matmul from the left": one("MatMul", "tensor matmul", TOKENS, inputs="w x", tensors={"w": (3, 5)}, macs=3 * 5 * 6),
    "matmul of many": one(
        "MatMul", "tensor matmul", ("N", 2, 5, 6), inputs="x w", tensors={"w": (2, 6, 4)}, macs=2 * 5 * 24
    ),
    "matmul itself": Case(
        Small([("Transpose", "x", "t", {"perm": [0, 2, 1]}), ("MatMul", "x t", "y")], {"x": TOKENS}),
        ("permute", "matmul"),
        5 * 5 * 6,
    ),
    "matmul and bias": Case(
        Small([("MatMul", "x w", "t"), ("Add", "b t", "y")], {"x": TOKENS}, {"w": (6, 4), "b": (4,)}),
        ("linear",),
        5 * 24,
    ),
    "matmul read twice": Case(
        Small(
            [("MatMul", "x w", "t"), ("Add", "b t", "u"), ("Add", "u t", "y")], {"x": TOKENS}, {"w": (6, 4), "b": (4,)}
        ),
        ("linear", "tensor", "add", "add"),
        5 * 24,
    ),
    "einsum": Case(
        Small([("Einsum", "x x", "y", {"equation": "bij,bkj->bik"})], {"x": TOKENS}), ("einsum",), 5 * 5 * 6
    ),
    # norms
    "batch norm": one(
        "BatchNormalization",
        "batch_norm",
        inputs="x s b m v",
        tensors={"s": (6,), "b": (6,), "m": (6,), "v": np.full(6, 0.5, np.float32)},
        epsilon=0.001,
    ),
    "instance norm": one("InstanceNormalization", "instance_norm", inputs="x s b", tensors={"s": (6,), "b": (6,)}),
    "layer norm": one("LayerNormalization", "layer_norm", TOKENS, inputs="x s b", tensors={"s": (6,), "b": (6,)}),
    "layer norm of two axes": one(
        "LayerNormalization", "layer_norm", TOKENS, inputs="x s b", tensors={"s": (5, 6), "b": (5, 6)}, axis=1
    ),
    "rms norm": one("RMSNormalization", "rms_norm", TOKENS, inputs="x s", tensors={"s": (6,)}, opset=23),
    "group norm": one(
        "GroupNormalization", "group_norm", inputs="x s b", tensors={"s": (6,), "b": (6,)}, num_groups=2, opset=21
    ),
    "lrn": one("LRN", "local_response_norm", size=3, alpha=0.001, beta=0.5, bias=2.0),
    "lp norm": one("LpNormalization", "power reduce sqrt divide", axis=1, p=2),
    "mean variance": one("MeanVarianceNormalization", "instance_norm", axes=[2, 3]),
    # pools
    "max pool": one("MaxPool", "max_pool2d", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]),
    "max pool ceil": one("MaxPool", "max_pool2d", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "max pool dilated": one("MaxPool", "max_pool2d", kernel_shape=[3, 3], dilations=[2, 2]),
    "max pool lower": one("MaxPool", "max_pool2d", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER"),
    "average": one("AveragePool", "avg_pool2d", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
    "average of padding": one("AveragePool", "avg_pool2d", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "average uneven": one("AveragePool", "avg_pool2d", kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2]),
    "average upper": one("AveragePool", "avg_pool2d", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "average 1d": one("AveragePool", "avg_pool1d", ("N", 6, 8), kernel_shape=[2]),
    "lp pool": one("LpPool", "lp_pool2d", kernel_shape=[2, 2], strides=[2, 2], p=2, opset=18),
    "global average": one("GlobalAveragePool", "adaptive_avg_pool2d"),
    "global lp pool": one("GlobalLpPool", "lp_pool2d", p=2),
    "global maximum": one("GlobalMaxPool", "adaptive_max_pool2d"),
    # activations
    **{
        op: one(op, word, TOKENS, opset=20)
        for op, word in (
            ("Relu", "relu"),
            ("Sigmoid", "sigmoid"),
            ("Tanh", "tanh"),
            ("HardSwish", "hardswish"),
            ("Gelu", "gelu"),
            ("Mish", "mish"),
            ("Softplus", "softplus"),
            ("Softsign", "softsign"),
            ("Elu", "elu"),
            ("Celu", "celu"),
            ("Selu", "selu"),
            ("LeakyRelu", "leaky_relu"),
            ("ThresholdedRelu", "threshold"),
            ("Shrink", "hardshrink"),
        )
    },
    "silu": one("Swish", "silu", TOKENS, opset=24),
    "swish": one("Swish", "multiply sigmoid multiply", TOKENS, opset=24, alpha=1.5),
    "gelu by tanh": one("Gelu", "gelu", TOKENS, opset=20, approximate="tanh"),
    "hard sigmoid": one("HardSigmoid", "multiply add clamp", TOKENS),
    "hard sigmoid of pytorch": one("HardSigmoid", "hardsigmoid", TOKENS, alpha=1 / 6, beta=0.5),
    "prelu": one("PRelu", "prelu", inputs="x s", tensors={"s": (6, 1, 1)}),
    "prelu of one": one("PRelu", "prelu", inputs="x s", tensors={"s": (1,)}),
    "relu6 of old": one("Clip", "relu6", min=0.0, max=6.0, opset=10),
    "relu by clip": one("Clip", "relu", min=0.0, opset=10),
    "clip": one("Clip", "clamp", inputs="x - high", tensors={"high": np.array(0.2, np.float32)}),
    "softmax": one("Softmax", "softmax", TOKENS, axis=1),
    "softmax of old": one("Softmax", "flatten softmax reshape", TOKENS, opset=11),
    "softmax of old over one": one("LogSoftmax", "log_softmax", ("N", 5, 1, 1), axis=1, opset=9),
    # arithmetic
    "add a number": one("Add", "add", inputs="x c", tensors={"c": np.array([0.5], np.float32)}),
    "one minus": one("Sub", "multiply add", inputs="c x", tensors={"c": np.array(1, np.float32)}),
    "divided by": one("Div", "power multiply", inputs="c x", tensors={"c": np.array(2, np.float32)}),
    "times a vector": one("Mul", "tensor multiply", inputs="x c", tensors={"c": (1, 6, 1, 1)}),
    "minus a vector": one("Sub", "tensor subtract", TOKENS, inputs="x c", tensors={"c": (5, 6)}),
    "power": one("Pow", "power", inputs="x c", tensors={"c": np.array(2, np.float32)}),
    "add a gate": Case(
        Small([("GlobalAveragePool", "x", "p"), ("Mul", "x p", "y")], {"x": MAP}), ("adaptive_avg_pool2d", "multiply")
    ),
    "sum": one("Sum", "add", inputs="x x x"),
    "maximum": one("Max", "clamp", inputs="x c", tensors={"c": np.array(0.1, np.float32)}),
    "minimum": one("Min", "clamp", inputs="c x", tensors={"c": np.array(0.1, np.float32)}),
    "neg": one("Neg", "multiply"),
    "exp": one("Exp", "exp"),
    "abs": one("Abs", "abs"),
    "sin": one("Sin", "sin"),
    "cos": one("Cos", "cos"),
    "root": Case(Small([("Exp", "x", "e"), ("Sqrt", "e", "y")]), ("exp", "sqrt")),
    "log": Case(Small([("Exp", "x", "e"), ("Log", "e", "y")]), ("exp", "log")),
    "reciprocal": Case(Small([("Exp", "x", "e"), ("Reciprocal", "e", "y")]), ("exp", "power")),
    **LAYOUT,
    # reductions
    "mean of a map": one("ReduceMean", "adaptive_avg_pool2d", axes=[2, 3]),
    "mean": one("ReduceMean", "reduce", axes=[-1], keepdims=0),
    "sum of an input": one("ReduceSum", "reduce", TOKENS, inputs="x a", tensors={"a": ints(1)}),
    "largest": one("ReduceMax", "reduce", TOKENS, axes=[1], keepdims=0),
    "smallest": one("ReduceMin", "reduce", TOKENS, axes=[2]),
    "sum of magnitudes": one("ReduceL1", "abs reduce", TOKENS, axes=[1]),
    "sum of squares": one("ReduceSumSquare", "power reduce", TOKENS, axes=[1]),
    "length": one("ReduceL2", "power reduce sqrt", TOKENS, axes=[1]),
    "log of the sum": one("ReduceLogSumExp", "exp reduce log", TOKENS, axes=[1], keepdims=0),
    "look-up of truth values": Case(
        Small(
            [("Greater", "x z", "b", {}), ("Cast", "b", "i", {"to": 7}), ("Gather", "w i", "y", {})],
            {"x": ("N", 5)},
            {"w": (2, 4), "z": np.array(0.5, np.float32)},
        ),
        ("compare", "compare", "embedding"),
    ),
    # recurrent: 4 gates of 3 units, 6 and 3 features in, at 5 tokens
    "lstm": Case(
        Small(
            [("LSTM", "x w r b", "a", {"hidden_size": 3}), ("Squeeze", "a i", "y")],
            {"x": (5, "N", 6)},
            {"w": (1, 12, 6), "r": (1, 12, 3), "b": (1, 24), "i": ints(1)},
        ),
        ("lstm", "reshape", "flatten"),
        5 * 12 * 9,
    ),
    "lstm of both sides": Case(
        Small(
            [("LSTM", "x w r", "y", {"hidden_size": 3, "direction": "bidirectional"})],
            {"x": (5, "N", 6)},
            {"w": (2, 12, 6), "r": (2, 12, 3)},
        ),
        ("lstm", "reshape"),
        2 * 5 * 12 * 9,
    ),
    "lstm of both sides with its states": Case(
        Small(
            [("LSTM", "x w r", "a b d", {"hidden_size": 3, "direction": "bidirectional"})],
            {"x": (5, "N", 6)},
            {"w": (2, 12, 6), "r": (2, 12, 3)},
            outputs=("a", "b", "d"),
        ),
        ("lstm", "slice", "reshape", "slice", "reshape", "slice", "reshape"),
        2 * 5 * 12 * 9,
    ),
    "lstm of 3 sequences in each sample": Case(
        Small(
            [
                ("Reshape", "x whole", "s", {}),
                ("Transpose", "s", "t", {"perm": [1, 0, 2]}),
                ("LSTM", "t w r", "a b", {"hidden_size": 3, "direction": "bidirectional"}),
            ],
            {"x": ("N", 3, 5, 6)},
            {"whole": ints(-1, 5, 6), "w": (2, 12, 6), "r": (2, 12, 3)},
            outputs=("a", "b"),
        ),
        ("permute", "permute", "lstm", "slice", "reshape", "permute", "slice", "reshape", "permute"),
        3 * 2 * 5 * 12 * 9,
    ),
    "lstm with its states": Case(
        Small(
            [("LSTM", "x w r - - h c", "a b d", {"hidden_size": 3})],
            {"x": (5, "N", 6), "h": (1, "N", 3), "c": (1, "N", 3)},
            {"w": (1, 12, 6), "r": (1, 12, 3)},
            outputs=("a", "b", "d"),
        ),
        ("lstm", "slice", "reshape", "slice", "slice"),
        5 * 12 * 9,
    ),
    "gru": Case(
        Small(
            [("GRU", "x w r b", "- y", {"hidden_size": 3, "linear_before_reset": 1})],
            {"x": (5, "N", 6)},
            {"w": (1, 9, 6), "r": (1, 9, 3), "b": (1, 18)},
        ),
        ("gru",),
        5 * 9 * 9,
    ),
    "rnn": Case(
        Small(
            [("RNN", "x w r", "- y", {"hidden_size": 3, "activations": ["Relu"]})],
            {"x": (5, "N", 6)},
            {"w": (1, 3, 6), "r": (1, 3, 3)},
        ),
        ("rnn",),
        5 * 3 * 9,
    ),
    # passed on
    "dropout": one("Dropout", "dropout", ratio=0.3, opset=10),
    "cast like": Case(Small([("CastLike", "x x", "t"), ("Relu", "t", "y")], {"x": TOKENS}), ("relu",)),
    "identity": Case(Small([("Identity", "x", "t"), ("Relu", "t", "y")], {"x": TOKENS}), ("relu",)),
    "cast": Case(
        Small([("Cast", "x", "t", {"to": 10}), ("Cast", "t", "u", {"to": 1}), ("Relu", "u", "y")], {"x": TOKENS}),
        ("relu",),
    ),
    "constant if": Case(
        Small([("Constant", "", "k", {"value_int": 1}), ("Equal", "k k", "c"), ("Relu", "x", "y")], {"x": TOKENS}),
        ("relu",),
    ),
}

NOT_OF_THE_REFERENCE = (
    "global lp pool",
    "conv transpose in groups",
    "conv transpose to a size",
    "softmax of old",
    "pad that cuts",
    "resize by computed factors",
    "resize to a size",
    "rnn",
)
"""What onnx.reference cannot run, or runs by another opset's rule; onnxruntime does."""
