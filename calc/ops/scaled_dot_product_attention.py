"""Attention whose heads are an axis, torch.nn.functional.scaled_dot_product_attention."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Op, Product
from calc.ops.base.attention import Causal, attention_products, check_causal, check_mask, check_tokens, masked_macs
from calc.ops.base.fields import Boolean, OptionalNumber, OptionalPositive
from calc.shape import Shape, Shapes


class ScaledDotProductAttention(Op):
    """softmax(q kᵀ · scale + attn_mask) v; q is (…, heads, queries, features), k and v (…, heads, keys, features).

    With ``enable_gqa``, several heads of q share one head of k and v. ``scale`` is 1 / √features if it is null. Pairs
    that a mask hides count in full. With ``is_causal``, a query sees the keys up to its own position; ``lower_right``
    aligns the last query with the last key. ``sliding_window`` limits these keys to the latest ones, and says how many.
    """

    word = "scaled_dot_product_attention"
    formula = "heads · queries · keys · features, for q kᵀ and for (…) v"
    roles = ("q", "k", "v", "attn_mask?")

    is_causal: Causal = False
    scale: OptionalNumber = None
    enable_gqa: Boolean = False
    sliding_window: OptionalPositive = None

    def output_shape(self, inputs: Shapes) -> Shape:
        q, k, v = inputs[:3]
        if self.enable_gqa:
            k, v = (self._repeated(q, shape) for shape in (k, v))
        check_tokens(q, k, v)
        if q.sizes[-1] != k.sizes[-1]:
            raise OpError(f"q {q} has {q.sizes[-1]} features, but k {k} has {k.sizes[-1]}")
        check_causal(q.sizes[-2], k.sizes[-2], self.is_causal, self.sliding_window)
        if len(inputs) > 3:
            check_mask(inputs[3], (*q.sizes[:-1], k.sizes[-2]), self.is_causal)
        return Shape((*q.sizes[:-1], v.sizes[-1]), -1)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        q, k = inputs[:2]
        return attention_products(prod(q.sizes[:-2]), q.sizes[-2], k.sizes[-2], q.sizes[-1], output.sizes[-1])

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        q, k = inputs[:2]
        return {"softmax": prod(q.sizes[:-1]) * k.sizes[-2]}

    def masked_macs(self, inputs: Shapes, output: Shape) -> int:
        return masked_macs(inputs, output, self.is_causal, self.sliding_window)

    def _repeated(self, q: Shape, shape: Shape) -> Shape:
        if min(q.rank, shape.rank) < 3:
            raise OpError(f"enable_gqa needs (…, heads, tokens, features), got {q} and {shape}")
        heads, shared = q.sizes[-3], shape.sizes[-3]
        if heads % shared:
            raise OpError(f"the {shared} heads of {shape} do not divide the {heads} heads of q {q}")
        return shape._replace(sizes=(*shape.sizes[:-3], heads, *shape.sizes[-2:]))
