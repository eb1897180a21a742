"""Small ONNX models that change where numbers stand, or which of them are there."""

from tests.calc.onnx.lower.case import MAP, TOKENS, Case, ints, np, one
from tests.calc.onnx.models import INT64, Small

LAYOUT: dict[str, Case] = {
    "flatten": one("Flatten", "flatten"),
    "reshape": one("Reshape", "reshape", inputs="x s", tensors={"s": ints(0, 2, 3, -1)}),
    "reshape to rows": one("Reshape", "flatten", inputs="x s", tensors={"s": ints(-1, 6 * 64)}),
    "windows": Case(
        Small(
            [
                ("Reshape", "x s", "t"),
                ("Transpose", "t", "u", {"perm": [0, 2, 1, 3]}),
                ("Reshape", "u r", "v"),
                ("MatMul", "v w", "y"),
            ],
            {"x": ("N", 4, 6)},
            {"s": ints(0, 2, 2, 6), "r": ints(-1, 2, 6), "w": (6, 3)},
        ),
        ("reshape", "permute", "linear"),
        4 * 6 * 3,
    ),
    "tokens first": Case(
        Small(
            [
                ("Transpose", "x", "t", {"perm": [1, 0, 2]}),
                ("MatMul", "t w", "u"),
                ("Transpose", "u", "y", {"perm": [1, 0, 2]}),
            ],
            {"x": TOKENS},
            {"w": (6, 3)},
        ),
        ("linear",),
        5 * 6 * 3,
    ),
    "transpose": one("Transpose", "permute", TOKENS, perm=[0, 2, 1]),
    "squeeze": one("Squeeze", "flatten", ("N", 6, 1, 8), inputs="x a", tensors={"a": ints(2)}),
    "unsqueeze of old": one("Unsqueeze", "reshape", TOKENS, axes=[1, 3], opset=11),
    "concat": Case(
        Small([("Relu", "x", "r"), ("Concat", "x r c", "y", {"axis": 1})], {"x": (1, 5, 6)}, {"c": (1, 1, 6)}),
        ("relu", "tensor", "concat"),
    ),
    "split": Case(
        Small([("Split", "x", "a b", {"axis": 1}), ("Add", "a b", "y")], {"x": MAP}), ("slice", "slice", "add")
    ),
    "split as given": Case(
        Small([("Split", "x s", "a b", {"axis": 1})], {"x": MAP}, {"s": ints(2, 4)}, outputs=("b",)), ("slice",)
    ),
    "slice": one(
        "Slice",
        "slice slice",
        inputs="x s e a t",
        tensors={"s": ints(1, -3), "e": ints(2**62, -1), "a": ints(1, 3), "t": ints(2, 1)},
    ),
    "slice of old": one("Slice", "slice", starts=[1], ends=[-1], axes=[2], opset=9),
    "slice backwards": one(
        "Slice", "flip", inputs="x s e a t", tensors={"s": ints(-1), "e": ints(-(2**62)), "a": ints(2), "t": ints(-1)}
    ),
    "slice some backwards": one(
        "Slice", "flip slice", inputs="x s e a t", tensors={"s": ints(5), "e": ints(0), "a": ints(2), "t": ints(-2)}
    ),
    "pad": one(
        "Pad", "pad", inputs="x p v", tensors={"p": ints(0, 0, 1, 2, 0, 0, 3, 0), "v": np.array(0.5, np.float32)}
    ),
    "pad reflected": one("Pad", "pad", inputs="x p", tensors={"p": ints(0, 0, 1, 1, 0, 0, 1, 1)}, mode="reflect"),
    "pad that cuts": one("Pad", "slice pad", inputs="x p", tensors={"p": ints(0, 0, -1, 2, 0, 0, 0, 0)}),
    "expand": one("Expand", "expand", ("N", 6, 1, 8), inputs="x s", tensors={"s": ints(1, 1, 4, 1)}),
    "tile": one("Tile", "tile", TOKENS, inputs="x s", tensors={"s": ints(1, 2, 1)}),
    "tokens of a class": Case(
        Small(
            [
                ("Shape", "x", "s", {"start": 0, "end": 1}),
                ("Concat", "s o", "e", {"axis": 0}),
                ("Expand", "c e", "t"),
                ("Concat", "t x", "y", {"axis": 1}),
            ],
            {"x": TOKENS},
            {"c": (1, 1, 6), "o": ints(1, 6)},
        ),
        ("tensor", "flatten", "concat"),
    ),
    "select": one("Gather", "select", inputs="x i", tensors={"i": np.array(-1, np.int64)}, axis=2),
    "index": one("Gather", "index", inputs="x i", tensors={"i": ints(2, 0, 0)}, axis=1),
    "a run of positions": one("Gather", "slice", inputs="x i", tensors={"i": ints(1, 2)}, axis=1),
    "embedding": Case(
        Small([("Gather", "w x", "y")], {"x": ("N", 5)}, {"w": (10, 6)}, types={"x": INT64}), ("embedding",)
    ),
    "embedding of ids that are worked out": Case(
        Small(
            [("Add", "x starts", "i"), ("Mul", "i two", "d"), ("Gather", "w d", "y")],
            {"x": ("N", 3)},
            {"starts": ints(0, 1, 2), "two": np.array(2, np.int64), "w": (30, 6)},
            types={"x": INT64},
        ),
        ("tensor", "add", "multiply", "embedding"),
    ),
    "topk": Case(Small([("TopK", "x k", "y i", {"axis": 1})], {"x": TOKENS}, {"k": ints(2)}), ("topk",)),
    "cumsum": one("CumSum", "cumsum", TOKENS, inputs="x a", tensors={"a": np.array(1, np.int64)}),
    "a roll by all of an axis": Case(  # as torch writes it, with a part that has nothing
        Small(
            [
                ("Relu", "x", "r"),
                ("Slice", "r zero five one", "a"),
                ("Slice", "r five ten one", "b"),
                ("Concat", "b a", "y", {"axis": 1}),
            ],
            {"x": TOKENS},
            {"zero": ints(0), "five": ints(5), "ten": ints(10), "one": ints(1)},
        ),
        ("relu",),
    ),
    "where": Case(
        Small(
            [("Where", "c x m", "y")],
            {"x": TOKENS},
            {"c": np.array([[True], [False], [True], [True], [False]]), "m": np.array(-5, np.float32)},
        ),
        ("tensor", "where"),
    ),
    "a batch of 1 behind the sequence": Case(  # as nn.MultiheadAttention is written; 5 tokens of 6 · 4 weights
        Small(
            [
                ("Transpose", "x", "t", {"perm": [1, 0, 2]}),
                ("Reshape", "t s", "f"),
                ("Gemm", "f w", "g"),
                ("Reshape", "g u", "y"),
            ],
            {"x": (1, 5, 6)},
            {"s": ints(5, 6), "w": (6, 4), "u": ints(5, 1, 4)},
        ),
        ("linear",),
        5 * 6 * 4,
    ),
    "positions of the first axis": Case(  # as x[:, [0, 2, 4]] is written by torch.export; 3 tokens of 6 · 4 weights
        Small(
            [
                ("Transpose", "x", "t", {"perm": [1, 0, 2]}),
                ("GatherND", "t i", "g"),
                ("Transpose", "g", "b", {"perm": [1, 0, 2]}),
                ("MatMul", "b w", "y"),
            ],
            {"x": TOKENS},
            {"i": ints(0, 2, 4).reshape(3, 1), "w": (6, 4)},
        ),
        ("index", "linear"),
        3 * 6 * 4,
    ),
    "a mask by samples and keys": Case(  # as exporters write attention_mask[sample, key]
        Small(
            [
                ("Relu", "x", "p"),
                ("Cast", "p", "c", {"to": 9}),
                ("Shape", "x", "s", {"end": 1}),
                ("Squeeze", "s", "n"),
                ("Range", "zero n step", "r"),
                ("Unsqueeze", "r axes", "rr"),
                ("Concat", "s sizes", "t", {"axis": 0}),
                ("Expand", "rr t", "a"),
                ("Expand", "keys t", "b"),
                ("Unsqueeze", "a last", "aa"),
                ("Unsqueeze", "b last", "bb"),
                ("Concat", "aa bb", "i", {"axis": -1}),
                ("GatherND", "c i", "g"),
                ("And", "g keep", "k"),
                ("Where", "k low one", "y"),
            ],
            {"x": ("N", 5)},
            {
                "zero": np.array(0),
                "step": np.array(1),
                "axes": ints(1, 2),
                "sizes": ints(1, 5),
                "last": ints(-1),
                "keys": np.arange(5).reshape(1, 1, 5),
                "keep": np.array([[[True], [False]]]),
                "low": np.array(-3.4028234663852886e38, np.float32),
                "one": np.array(1, np.float32),
            },
        ),
        ("relu", "reshape", "tensor", "multiply", "tensor", "where"),
    ),
    **{
        f"{op.lower()} than a number": Case(
            Small([(op, "x k", "c"), ("Cast", "c", "y", {"to": 1})], {"x": TOKENS}, {"k": np.array(0.5, np.float32)}),
            ("compare",),
        )
        for op in ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
    },
    "a number less than it": Case(
        Small([("Less", "k x", "c"), ("Cast", "c", "y", {"to": 1})], {"x": TOKENS}, {"k": np.array(0.5, np.float32)}),
        ("compare",),
    ),
    "conditions": Case(
        Small(
            [
                ("Less", "x t", "a"),
                ("Greater", "x zero", "b"),
                ("Not", "a", "n"),
                ("Or", "n b", "o"),
                ("Xor", "o a", "e"),
                ("And", "e b", "f"),
                ("Where", "f x low", "w"),
                ("Softmax", "w", "y"),
            ],
            {"x": TOKENS},
            {
                "t": np.array([[0.3], [0.1], [0.2], [0.3], [0.5]], np.float32),
                "zero": np.array(0, np.float32),
                "low": np.array(-np.inf, np.float32),
            },
        ),
        ("tensor", "compare", "compare", "compare", "add", "compare", "compare", "multiply", "where", "softmax"),
    ),
    "a number in the place of none": Case(
        Small(
            [("Softmax", "x", "s"), ("IsNaN", "s", "n"), ("Where", "n zero s", "y")],
            {"x": TOKENS},
            {"zero": np.array(0, np.float32)},
        ),
        ("softmax",),
    ),
    "a number for each sample": Case(
        Small(
            [
                ("Shape", "x", "s", {"end": 1}),
                ("Concat", "s rest", "t", {"axis": 0}),
                ("Expand", "two t", "e"),
                ("Add", "x e", "y"),
            ],
            {"x": TOKENS},
            {"rest": ints(1, 6), "two": np.array(2, np.float32)},
        ),
        ("tensor", "add"),
    ),
    "depth to space": one("DepthToSpace", "reshape permute reshape", ("N", 8, 4, 4), blocksize=2),
    "pixel shuffle": one("DepthToSpace", "pixel_shuffle", ("N", 8, 4, 4), blocksize=2, mode="CRD"),
    "space to depth": one("SpaceToDepth", "reshape permute reshape", blocksize=2),
    "attention": Case(  # 2 heads of 5 queries and 5 keys, 4 features each, in q kᵀ and in (…) v
        Small(
            [("Attention", "q k v m", "y", {"scale": 0.25})],
            dict.fromkeys("qkv", ("N", 2, 5, 4)),
            {"m": (5, 5)},
            opset=23,
        ),
        ("tensor", "scaled_dot_product_attention"),
        2 * (2 * 5 * 5 * 4),
    ),
    "attention with shared keys": Case(
        Small(
            [("Attention", "q k v", "y", {"is_causal": 1})],
            {"q": ("N", 4, 5, 4), "k": ("N", 2, 5, 4), "v": ("N", 2, 5, 4)},
            opset=23,
        ),
        ("scaled_dot_product_attention",),
        2 * (4 * 5 * 5 * 4),
    ),
    "grid": Case(
        Small(
            [("GridSample", "x g", "y", {"mode": "nearest", "align_corners": 1})],
            {"x": MAP, "g": ("N", 4, 5, 2)},
            opset=16,
        ),
        ("grid_sample",),
    ),
    "grid of the file": Case(  # 3 filters of 6 channels at the 4 · 5 positions of the grid
        Small(
            [("GridSample", "x g", "s", {"padding_mode": "border"}), ("Conv", "s w", "y")],
            {"x": (1, 6, 8, 8)},
            {"g": (1, 4, 5, 2), "w": (3, 6, 1, 1)},
            opset=16,
        ),
        ("tensor", "flatten", "grid_sample", "conv2d"),
        3 * 6 * 4 * 5,
    ),
    "resize by computed factors": Case(  # from 8 · 8 to 16 · 16, as torch.onnx writes a size in opset 10
        Small(
            [
                ("Cast", "two", "t", {"to": 1}),
                ("Concat", "ones t", "f", {"axis": 0}),
                ("Resize", "x f", "r", {"mode": "nearest"}),
                ("Conv", "r w", "y"),
            ],
            {"x": MAP},
            {"two": ints(2, 2), "ones": np.ones(2, np.float32), "w": (3, 6, 1, 1)},
            opset=10,
        ),
        ("upsample", "conv2d"),
        3 * 6 * 16 * 16,
    ),
    "resize": one(
        "Resize",
        "upsample",
        inputs="x - f",
        tensors={"f": np.array([1, 1, 2, 2], np.float32)},
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "resize to a size": one(
        "Resize",
        "upsample",
        inputs="x - - s",
        tensors={"s": ints(1, 6, 12, 5)},
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    "resize between": one(
        "Resize",
        "upsample",
        inputs="x - f",
        tensors={"f": np.array([1, 1, 2, 2], np.float32)},
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    ),
    "upsample": one("Upsample", "upsample", inputs="x f", tensors={"f": np.array([1, 1, 2, 2], np.float32)}, opset=9),
}
