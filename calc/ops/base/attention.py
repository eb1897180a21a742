"""The two products and the softmax that every attention has, and what its causal mask leaves of them."""

from math import prod
from typing import Annotated

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.ops.base.fields import bool_or_word
from calc.recorded import maximum, minimum
from calc.shape import Shape, Shapes, channel_size

Causal = Annotated[bool | str, bool_or_word("lower_right")]
"""Whether a query sees the keys up to its own place alone: counted from the first key, or with ``lower_right`` such
that the last query sees the last key, as where there are keys of earlier calls (torch.nn.attention.bias)."""


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


def seen_pairs(queries: int, keys: int, is_causal: bool | str, sliding_window: int | None) -> int:
    """The pairs of a query and a key that it sees.

    A causal query at place p sees the keys up to p; those of a ``sliding_window`` alone, of which p is the last.
    """
    if not is_causal:
        return queries * keys
    first = keys - queries + 1 if is_causal == "lower_right" else 1  # how many the first query sees
    most = keys if sliding_window is None else minimum(keys, sliding_window)
    growing = minimum(maximum(most - first, 0), queries)  # queries that see fewer than the most
    return growing * first + growing * (growing - 1) // 2 + (queries - growing) * most


def masked_macs(inputs: Shapes, output: Shape, is_causal: bool | str, sliding_window: int | None) -> int:
    """The MACs of pairs that are not seen, of all heads, be these an axis or in the features of q and of ``output``."""
    q, k = inputs[:2]
    queries, keys = q.sizes[-2], k.sizes[-2]
    unseen = queries * keys - seen_pairs(queries, keys, is_causal, sliding_window)
    return unseen * prod(q.sizes[:-2]) * (q.sizes[-1] + output.sizes[-1])


def check_causal(queries: int, keys: int, is_causal: bool | str, sliding_window: int | None) -> None:
    """Raise OpError where the mask would leave a query without a key, or where a window has no mask to cut."""
    if sliding_window is not None and not is_causal:
        raise OpError(f"sliding_window={sliding_window} without is_causal", "is_causal: true or lower_right")
    if queries > keys and (is_causal == "lower_right" or sliding_window is not None):
        raise OpError(f"{queries} queries and {keys} keys: under this mask some query would see no key")


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


def check_mask(mask: Shape, scores: tuple[int, ...], is_causal: bool | str = False) -> None:
    """Raise OpError unless ``mask`` broadcasts to ``scores``, (…, queries, keys), and is the only mask where one is
    ``is_causal``."""
    if is_causal:
        raise OpError("is_causal=true and a mask that arrives: PyTorch takes one of them")
    fits = zip(reversed(mask.sizes), reversed(scores), strict=False)
    if mask.rank > len(scores) or any(size not in (1, wanted) for size, wanted in fits):
        raise OpError(f"the mask {mask} does not broadcast to the scores {Shape(scores)}")
