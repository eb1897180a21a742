"""The two products and the softmax of every attention, and the number of pairs that a causal mask leaves."""

from math import prod
from typing import Annotated

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.ops.base.fields import bool_or_word
from calc.recorded import maximum, minimum
from calc.shape import Shape, Shapes, channel_size

Causal = Annotated[bool | str, bool_or_word("lower_right")]
"""True if a query sees only the keys up to its own position.

``true`` counts positions from the first key. ``lower_right`` aligns the last query with the last key, as a cache of
earlier keys requires (torch.nn.attention.bias).
"""


def attention_products(heads: int, queries: int, keys: int, key_dim: int, value_dim: int) -> tuple[Product, Product]:
    """Return the products q kᵀ and softmax(…) v over ``heads`` and leading positions. The inputs are q, k and v.

    A mask does not reduce the MACs.
    """
    pairs = heads * queries * keys
    scores, values = pairs * key_dim, pairs * value_dim
    return (
        Product(None, scores, scores, key_dim, operands=(Input(0), Input(1))),
        Product(None, values, values, keys, operands=(Input(2),)),
    )


def seen_pairs(queries: int, keys: int, is_causal: bool | str, sliding_window: int | None) -> int:
    """Return the number of pairs of a query and a key that the mask leaves.

    A causal query at position p sees the keys up to p. With a ``sliding_window`` it sees only the last of these, as
    many as the window is long.
    """
    if not is_causal:
        return queries * keys
    first = keys - queries + 1 if is_causal == "lower_right" else 1  # keys that the first query sees
    most = keys if sliding_window is None else minimum(keys, sliding_window)
    growing = minimum(maximum(most - first, 0), queries)  # queries that see fewer than the most
    return growing * first + growing * (growing - 1) // 2 + (queries - growing) * most


def masked_macs(inputs: Shapes, output: Shape, is_causal: bool | str, sliding_window: int | None) -> int:
    """Return the MACs of the hidden pairs, summed over all heads.

    The heads may be an axis, or part of the features of q and of ``output``.
    """
    q, k = inputs[:2]
    queries, keys = q.sizes[-2], k.sizes[-2]
    unseen = queries * keys - seen_pairs(queries, keys, is_causal, sliding_window)
    return unseen * prod(q.sizes[:-2]) * (q.sizes[-1] + output.sizes[-1])


def check_causal(queries: int, keys: int, is_causal: bool | str, sliding_window: int | None) -> None:
    """Raise OpError if the mask would hide all keys from a query, or if a window has no causal mask."""
    if sliding_window is not None and not is_causal:
        raise OpError(f"sliding_window={sliding_window} needs a causal mask", "set is_causal: true or lower_right")
    if queries > keys and (is_causal == "lower_right" or sliding_window is not None):
        raise OpError(f"{queries} queries and {keys} keys: with this mask some query would see no key")


def check_tokens(q: Shape, k: Shape, v: Shape) -> None:
    """Raise OpError unless all are (…, tokens, features), with equal leading axes, and k is as long as v."""
    for name, shape in (("q", q), ("k", k), ("v", v)):
        if shape.rank < 2:
            raise OpError(f"{name} must be (…, tokens, features), got {shape}")
        channel_size(shape, -1, "(…, tokens, features)")
    for name, shape in (("k", k), ("v", v)):
        if shape.sizes[:-2] != q.sizes[:-2]:
            raise OpError(f"the leading axes of q {q} and {name} {shape} differ", "expand them first")
    if k.sizes[-2] != v.sizes[-2]:
        raise OpError(f"k {k} has {k.sizes[-2]} tokens, but v {v} has {v.sizes[-2]}")


def check_mask(mask: Shape, scores: tuple[int, ...], is_causal: bool | str = False) -> None:
    """Raise OpError unless ``mask`` broadcasts to ``scores``, (…, queries, keys), and ``is_causal`` is false."""
    if is_causal:
        raise OpError("is_causal=true and a mask that arrives: PyTorch takes only one of them")
    fits = zip(reversed(mask.sizes), reversed(scores), strict=False)
    if mask.rank > len(scores) or any(size not in (1, wanted) for size, wanted in fits):
        raise OpError(f"the mask {mask} does not broadcast to the scores {Shape(scores)}")
