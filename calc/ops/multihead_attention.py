"""Multi-head attention with its projections, torch.nn.MultiheadAttention(batch_first=True)."""

from math import prod

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Parameter, Product, Tensors
from calc.ops.base.attention import attention_products, check_tokens, masked_macs
from calc.ops.base.fields import Boolean, Positive
from calc.shape import Shape, Shapes


class MultiheadAttention(Op):
    """Attention with its projections. q, k and v are (…, tokens, features); k defaults to q, and v to k.

    The features of q are PyTorch's embed_dim. Keys and values with other features have separate projection weights.
    ``add_bias_kv`` appends a learnt key and value to those of the tokens, and ``add_zero_attn`` then appends a key and
    value of zeros; both add one key whose products count. With ``is_causal``, a query sees the keys up to its own
    position, counted from the first key. Pairs that a mask hides count in full.
    """

    word = "multihead_attention"
    formula = "projections: tokens · features · embed_dim each; heads: 2 · queries · keys · embed_dim"
    roles = ("q", "k?", "v?")

    num_heads: Positive
    bias: Boolean = True
    add_bias_kv: Boolean = False
    add_zero_attn: Boolean = False
    is_causal: Boolean = False

    def check(self) -> None:
        if self.is_causal and (self.add_bias_kv or self.add_zero_attn):
            more = "add_bias_kv" if self.add_bias_kv else "add_zero_attn"
            raise OpError(
                f"is_causal=true and {more}=true: the causal mask has no column for a key that belongs to no token"
            )

    def output_shape(self, inputs: Shapes) -> Shape:
        q, k, v = _operands(inputs)
        check_tokens(q, k, v)
        embed_dim = q.sizes[-1]
        if embed_dim % self.num_heads:
            raise OpError(f"num_heads={self.num_heads} does not divide embed_dim={embed_dim}")
        return Shape(q.sizes, -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        embed_dim, k_dim, v_dim = (shape.sizes[-1] for shape in _operands(inputs))
        tensors: Tensors = {"in_proj_weight": (3 * embed_dim, embed_dim)}
        if not embed_dim == k_dim == v_dim:
            tensors = {
                "q_proj_weight": (embed_dim, embed_dim),
                "k_proj_weight": (embed_dim, k_dim),
                "v_proj_weight": (embed_dim, v_dim),
            }
        if self.bias:
            tensors["in_proj_bias"] = (3 * embed_dim,)
        tensors["out_proj.weight"] = (embed_dim, embed_dim)
        if self.bias:
            tensors["out_proj.bias"] = (embed_dim,)
        if self.add_bias_kv:
            tensors["bias_k"] = tensors["bias_v"] = (1, 1, embed_dim)
        return tensors

    def role_of(self, name: str) -> HeldRole:
        return "embedding" if name in ("bias_k", "bias_v") else super().role_of(name)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        operands = _operands(inputs)
        embed_dim = output.sizes[-1]
        projections = [shape.elements * embed_dim for shape in operands]
        if "in_proj_weight" in self.parameters(inputs):
            macs = sum(projections)
            products = [Product(Parameter("in_proj_weight"), macs, macs, embed_dim)]
        else:
            products = [
                Product(Parameter(f"{name}_proj_weight"), macs, macs, shape.sizes[-1])
                for name, shape, macs in zip("qkv", operands, projections, strict=True)
            ]
        q, k, _ = operands
        head_dim = embed_dim // self.num_heads
        leading = prod(q.sizes[:-2])
        heads = attention_products(self.num_heads * leading, q.sizes[-2], self._keys(k), head_dim, head_dim)
        # The inputs are projected before these products, so no operand is an input of the layer.
        products += [product._replace(operands=()) for product in heads]
        out_proj = output.elements * embed_dim
        return (*products, Product(Parameter("out_proj.weight"), out_proj, out_proj, embed_dim))

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        operands = _operands(inputs)
        q, k, _ = operands
        counts = {"softmax": prod(q.sizes[:-1]) * self.num_heads * self._keys(k)}
        if self.bias:
            projected = sum(prod(shape.sizes[:-1]) for shape in operands) * output.sizes[-1]
            counts["bias"] = projected + output.elements
        return counts

    def masked_macs(self, inputs: Shapes, output: Shape) -> int:
        return masked_macs(_operands(inputs)[:2], output, self.is_causal, None)

    def _keys(self, k: Shape) -> int:
        return k.sizes[-2] + self.add_bias_kv + self.add_zero_attn


def _operands(inputs: Shapes) -> tuple[Shape, Shape, Shape]:
    return inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
