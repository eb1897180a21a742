"""Multi-head attention whose queries, keys and values are projected by other layers."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Op, Product
from calc.ops.base.attention import Causal, attention_products, check_causal, check_mask, check_tokens, masked_macs
from calc.ops.base.fields import Boolean, OptionalNumber, OptionalPositive, Positive
from calc.shape import Shape, Shapes


class Attention(Op):
    """softmax(q kᵀ · scale + bias) v in each head; q is (…, queries, features), k and v (…, keys, features).

    The features of q are split into ``num_heads`` heads, and those of k and v into ``num_kv_heads`` where several query
    heads share one. ``scale`` is 1 / √(features of one head) if it is null. An optional fourth input is a bias that is
    added to the scores, also beside a causal mask. Pairs that a mask hides count in full.

    With ``is_causal``, a query sees the keys up to its own position; ``lower_right`` aligns the last query with the
    last key. ``sliding_window`` limits these keys to the latest ones, and says how many. ``softcap`` replaces a score x
    by softcap · tanh(x / softcap). With ``sinks``, the fourth input is not a bias but one score per head, which takes
    part in the softmax and has no value.
    """

    word = "attention"
    formula = "heads · queries · keys · features of a head, for q kᵀ and for (…) v"
    roles = ("q", "k", "v", "bias?")

    num_heads: Positive
    scale: OptionalNumber = None
    is_causal: Causal = False
    num_kv_heads: OptionalPositive = None
    sliding_window: OptionalPositive = None
    softcap: OptionalNumber = None
    sinks: Boolean = False

    def check(self) -> None:
        if self.num_heads % self._kv_heads:
            raise OpError(f"num_kv_heads={self._kv_heads} does not divide num_heads={self.num_heads}")
        if self.softcap is not None and self.softcap <= 0:
            raise OpError(f"softcap={self.softcap}: must be above 0")

    def output_shape(self, inputs: Shapes) -> Shape:
        q, k, v = inputs[:3]
        check_tokens(q, k, v)
        for name, shape, heads in (
            ("num_heads", q, self.num_heads),
            ("num_kv_heads", k, self._kv_heads),
            ("num_kv_heads", v, self._kv_heads),
        ):
            if shape.sizes[-1] % heads:
                raise OpError(f"{name}={heads} does not divide the {shape.sizes[-1]} features of {shape}")
        query_dim, key_dim = q.sizes[-1] // self.num_heads, k.sizes[-1] // self._kv_heads
        if query_dim != key_dim:
            raise OpError(f"a head of q {q} has {query_dim} features, one of k {k} has {key_dim}")
        check_causal(q.sizes[-2], k.sizes[-2], self.is_causal, self.sliding_window)
        if self.sinks:
            if [shape.sizes for shape in inputs[3:]] != [(self.num_heads,)]:
                raise OpError(f"sinks=true needs a fourth input with one score for each of num_heads={self.num_heads}")
        elif len(inputs) > 3:
            check_mask(inputs[3], (*q.sizes[:-2], self.num_heads, q.sizes[-2], k.sizes[-2]))
        return Shape((*q.sizes[:-1], self.num_heads * (v.sizes[-1] // self._kv_heads)), -1)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        q, k = inputs[:2]
        return attention_products(
            self.num_heads * prod(q.sizes[:-2]),
            q.sizes[-2],
            k.sizes[-2],
            q.sizes[-1] // self.num_heads,
            output.sizes[-1] // self.num_heads,
        )

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        q, k = inputs[:2]
        queries = prod(q.sizes[:-1]) * self.num_heads
        scores = queries * k.sizes[-2]
        capped = {"tanh": scores} if self.softcap is not None else {}
        return {"softmax": scores + queries if self.sinks else scores, **capped}

    def masked_macs(self, inputs: Shapes, output: Shape) -> int:
        return masked_macs(inputs, output, self.is_causal, self.sliding_window)

    @property
    def _kv_heads(self) -> int:
        return self.num_kv_heads or self.num_heads
