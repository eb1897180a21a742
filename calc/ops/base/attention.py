"""The two products and the softmax that every attention has."""

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.shape import Shape, channel_size


def attention_products(heads: int, queries: int, keys: int, key_dim: int, value_dim: int) -> tuple[Product, Product]:
    """q kᵀ and softmax(…) v over ``heads`` (times leading positions) of the inputs q, k and v as they arrive.

    A mask leaves none of them out.
    """
    pairs = heads * queries * keys
    scores, values = pairs * key_dim, pairs * value_dim
    return (
        Product(None, scores, scores, key_dim, operands=(Input(0), Input(1))),
        Product(None, values, values, keys, operands=(Input(2),)),
    )


def check_tokens(q: Shape, k: Shape, v: Shape) -> None:
    """Raise OpError unless all are (…, tokens, features), with equal leading axes, and k as long as v."""
    for name, shape in (("q", q), ("k", k), ("v", v)):
        if shape.rank < 2:
            raise OpError(f"{name} must be (…, tokens, features), got {shape}")
        channel_size(shape, -1, "(…, tokens, features)")
    for name, shape in (("k", k), ("v", v)):
        if shape.sizes[:-2] != q.sizes[:-2]:
            raise OpError(f"the leading axes of q {q} and {name} {shape} differ", "expand them first")
    if k.sizes[-2] != v.sizes[-2]:
        raise OpError(f"k {k} has {k.sizes[-2]} tokens, v {v} has {v.sizes[-2]}")


def check_mask(mask: Shape, scores: tuple[int, ...], is_causal: bool) -> None:
    """Raise OpError unless ``mask`` broadcasts to ``scores``, (…, queries, keys), and is the only mask."""
    if is_causal:
        raise OpError("is_causal=true and a mask that arrives: PyTorch takes one of them")
    fits = zip(reversed(mask.sizes), reversed(scores), strict=False)
    if mask.rank > len(scores) or any(size not in (1, wanted) for size, wanted in fits):
        raise OpError(f"the mask {mask} does not broadcast to the scores {Shape(scores)}")
