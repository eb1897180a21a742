"""Self-attention with relative positions, as in Transformer-XL and Conformer.

Formulas: Dai et al. 2019, arXiv:1901.02860, Section 3.3; Gulati et al. 2020, arXiv:2005.08100, Section 2.1. The tensors
are named as in ESPnet's RelPositionMultiHeadedAttention.
"""

from collections.abc import Sequence
from math import prod

from calc.errors import OpError
from calc.ops.base import Elementwise, Op, Parameter, Product, Tensors
from calc.ops.base.attention import attention_products
from calc.ops.base.fields import Boolean, Positive
from calc.shape import Shape, Shapes, axes_text, channel_size

PROJECTIONS = ("linear_q", "linear_k", "linear_v", "linear_out")


class RelativePositionAttention(Op):
    """Attention over x, (…, tokens, features), with ``positions``, (2 · tokens − 1, features).

    ``positions`` has one row for each distance between two tokens, from the farthest ahead to the farthest behind. It
    is the same for all samples, so it is projected once per call, without a bias. A score is (q + u) · k + (q + v) · p,
    where u and v are learnt for each head. The products with all rows count, although each query keeps only ``tokens``
    of them after the shift that matches rows to pairs of tokens.
    """

    word = "relative_position_attention"
    formula = (
        "projections: 4 · tokens · features² + (2 · tokens − 1) · features²; "
        "heads: tokens · features · (2 · tokens + 2 · tokens − 1)"
    )
    roles = ("x", "positions")

    num_heads: Positive
    bias: Boolean = True

    def check_batched(self, batched: Sequence[bool]) -> None:
        if batched[1]:
            raise OpError(
                "positions differ from sample to sample, but must be the same for all samples", "pass a tensor:"
            )

    def output_shape(self, inputs: Shapes) -> Shape:
        x, positions = inputs
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {axes_text(x.rank)} ({x})")
        features = channel_size(x, -1, "(…, tokens, features)")
        if features % self.num_heads:
            raise OpError(f"num_heads={self.num_heads} does not divide the {features} features")
        wanted = (2 * x.sizes[-2] - 1, features)
        if positions.sizes != wanted:
            raise OpError(
                f"positions are {positions}, but {x.sizes[-2]} tokens of {features} features need {Shape(wanted)}"
            )
        return Shape(x.sizes, -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        features = inputs[0].sizes[-1]
        tensors: Tensors = {}
        for name in PROJECTIONS:
            tensors[f"{name}.weight"] = (features, features)
            if self.bias:
                tensors[f"{name}.bias"] = (features,)
        by_head = (self.num_heads, features // self.num_heads)
        return tensors | {"linear_pos.weight": (features, features), "pos_bias_u": by_head, "pos_bias_v": by_head}

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        *leading, tokens, features = output.sizes
        weight = output.elements * features
        q, k, v, out = [Product(Parameter(f"{name}.weight"), weight, weight, features) for name in PROJECTIONS]
        rows = (2 * tokens - 1) * features * features
        positions = Product(Parameter("linear_pos.weight"), rows, rows, features, per_call=True)
        heads, head_dim = self.num_heads * prod(leading), features // self.num_heads
        # The inputs are projected before these products, so no operand is an input of the layer.
        content, values = attention_products(heads, tokens, tokens, head_dim, head_dim)
        position, _ = attention_products(heads, tokens, 2 * tokens - 1, head_dim, head_dim)
        attention = [product._replace(operands=()) for product in (content, position, values)]
        return (q, k, v, positions, *attention, out)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        scores = prod(output.sizes[:-1]) * self.num_heads * output.sizes[-2]
        counts = {"softmax": scores, "add": 2 * output.elements + scores}
        if self.bias:
            counts["bias"] = len(PROJECTIONS) * output.elements
        return counts
