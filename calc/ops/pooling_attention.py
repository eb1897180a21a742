"""MViT's pooling attention: Fan et al. 2021, arXiv:2104.11227, Section 3.1; Li et al. 2021, arXiv:2112.01526."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Elementwise, HeldRole, Op, Parameter, Product, Tensors
from calc.ops.base.attention import attention_products
from calc.ops.base.fields import (
    Boolean,
    Number,
    OptionalPositive,
    OptionalPositivePerAxis,
    Positive,
    PositivePerAxis,
    Sizes,
)
from calc.ops.base.spatial import AXES
from calc.ops.base.windows import taps_inside, window_count
from calc.shape import Shape, Shapes, axes_text, channel_size

Map = tuple[int, ...]


class PoolingAttention(Op):
    """Attention whose queries, keys and values are pooled over the map that their tokens form.

    x is (…, 1 + depth · height · width, features): a class token, which is not pooled, then the map of ``size``. A pool
    is a depthwise convolution, padded by half its kernel and shared by the heads, followed by a layer norm. Queries, or
    keys and values, are not pooled where their kernel is null. MViT V2 uses ``relative_positions``, a bias from one
    learnt table per axis, and ``residual_pooling``, which adds the pooled queries to the result of the attention.
    """

    word = "pooling_attention"
    formula = "projections, depthwise pools, two products over the pairs of tokens, and queries · offsets per axis"

    num_heads: Positive
    size: Sizes
    out_features: OptionalPositive = None
    kernel_q: OptionalPositivePerAxis = None
    stride_q: PositivePerAxis = 1
    kernel_kv: OptionalPositivePerAxis = None
    stride_kv: PositivePerAxis = 1
    relative_positions: Boolean = False
    residual_pooling: Boolean = False
    eps: Number = 1e-5

    def check(self) -> None:
        if len(self.size) != 3:
            raise OpError(f"size={list(self.size)} must be [depth, height, width]")
        for which in ("q", "kv"):
            strides = self.per_axis(f"stride_{which}", 3)
            if getattr(self, f"kernel_{which}") is not None:
                self.per_axis(f"kernel_{which}", 3)
            elif max(strides) > 1:
                raise OpError(f"stride_{which}={list(strides)} pools, but kernel_{which} is null")
        if self.relative_positions and not self._longest_pooled():
            raise OpError(f"relative_positions=true, but the strides leave no positions of size={list(self.size)}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {axes_text(x.rank)} ({x})")
        channel_size(x, -1, "(…, tokens, features)")
        if x.sizes[-2] != 1 + prod(self.size):
            fact = f"size={list(self.size)} and a class token are {1 + prod(self.size)} tokens, the input {x} has"
            raise OpError(f"{fact} {x.sizes[-2]}")
        out_features = self._features(x)
        if out_features % self.num_heads:
            raise OpError(f"num_heads={self.num_heads} does not divide out_features={out_features}")
        return Shape((*x.sizes[:-2], 1 + prod(self._pooled("q")), out_features), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        x = inputs[0]
        features = self._features(x)
        head_dim = features // self.num_heads
        tensors: Tensors = {"qkv.weight": (3 * features, x.sizes[-1]), "qkv.bias": (3 * features,)}
        for name, _, kernel, _ in self._pools():
            tensors[f"pool_{name}.pool.weight"] = (head_dim, 1, *kernel)
            tensors[f"pool_{name}.norm_act.0.weight"] = tensors[f"pool_{name}.norm_act.0.bias"] = (head_dim,)
        tensors |= {"project.0.weight": (features, features), "project.0.bias": (features,)}
        if self.relative_positions:
            tensors["rel_pos_h"] = tensors["rel_pos_w"] = (2 * self._longest_pooled() - 1, head_dim)
            tensors["rel_pos_t"] = (2 * self.size[0] - 1, head_dim)
        return tensors

    def role_of(self, name: str) -> HeldRole:
        return "norm" if ".norm_act." in name else super().role_of(name)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        x, features = inputs[0], output.sizes[-1]
        samples, head_dim = prod(x.sizes[:-2]), features // self.num_heads
        queries, keys = self._pooled("q"), self._pooled("kv")
        qkv, project = x.elements * 3 * features, output.elements * features
        products = [Product(Parameter("qkv.weight"), qkv, qkv, x.sizes[-1])]
        for name, which, kernel, pooled in self._pools():
            taps = self._taps_on_data(which, kernel, pooled)
            dense = samples * features * prod(kernel) * prod(pooled)
            products.append(
                Product(Parameter(f"pool_{name}.pool.weight"), dense, samples * features * taps, prod(kernel))
            )
        heads = samples * self.num_heads
        scores, values = attention_products(heads, 1 + prod(queries), 1 + prod(keys), head_dim, head_dim)
        # The inputs are projected before these products, so no operand is an input of the layer.
        products.append(scores._replace(operands=()))
        if self.relative_positions:
            for axis, along in zip("thw", keys, strict=True):
                bias = heads * prod(queries) * along * head_dim
                products.append(Product(Parameter(f"rel_pos_{axis}"), bias, bias, head_dim))
        return (
            *products,
            values._replace(operands=()),
            Product(Parameter("project.0.weight"), project, project, features),
        )

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        x, features = inputs[0], output.sizes[-1]
        samples = prod(x.sizes[:-2])
        queries, keys = prod(self._pooled("q")), prod(self._pooled("kv"))
        counts = {
            "softmax": samples * self.num_heads * (1 + queries) * (1 + keys),
            "bias": samples * x.sizes[-2] * 3 * features + output.elements,
        }
        normed = sum(samples * (1 + prod(pooled)) * features for *_, pooled in self._pools())
        added = samples * self.num_heads * queries * keys if self.relative_positions else 0
        added += samples * queries * features if self.residual_pooling else 0
        return counts | {kind: count for kind, count in (("layer_norm", normed), ("add", added)) if count}

    def _features(self, x: Shape) -> int:
        return self.out_features or x.sizes[-1]

    def _longest_pooled(self) -> int:
        """Return the number of positions along the longer side, for which the position tables are made."""
        strides: list[int] = [self.per_axis(f"stride_{which}", 3)[1] for which in ("q", "kv")]
        return max(self.size[1:]) // min(strides)

    def _pools(self) -> list[tuple[str, str, Map, Map]]:
        """Return name, fields, kernel and pooled map of each pool."""
        pools = [("q", "q"), ("k", "kv"), ("v", "kv")]
        return [
            (name, which, self.per_axis(f"kernel_{which}", 3), self._pooled(which))
            for name, which in pools
            if getattr(self, f"kernel_{which}") is not None
        ]

    def _pooled(self, which: str) -> Map:
        """Return the sizes of the pooled map of the queries, ``q``, or of the keys and values, ``kv``."""
        if getattr(self, f"kernel_{which}") is None:
            return self.size
        kernels, strides = self.per_axis(f"kernel_{which}", 3), self.per_axis(f"stride_{which}", 3)
        axes = zip(self.size, kernels, strides, AXES[3], strict=True)
        return tuple([window_count(size, k, stride, (k // 2, k // 2), 1, name) for size, k, stride, name in axes])

    def _taps_on_data(self, which: str, kernel: Map, pooled: Map) -> int:
        """Return the number of pairs of a pooled position and a tap outside the padding, for one channel."""
        along = zip(self.size, pooled, kernel, self.per_axis(f"stride_{which}", 3), strict=True)
        return prod([taps_inside(outputs, taps, stride, taps // 2, 1, size) for size, outputs, taps, stride in along])
