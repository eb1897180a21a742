"""Language models as GGUF has them, by their sizes."""

from collections.abc import Iterator

from calc.weights.file_types import Matrix


def language_model(
    layers: int, width: int, inner: int, words: int, keys: int, experts: int = 0, tied: bool = False
) -> list[Matrix]:
    """``keys``: the rows of the matrices of keys and values; those of queries are ``width``."""
    return list(_matrices(layers, width, inner, words, keys, experts, tied))


def _matrices(layers: int, width: int, inner: int, words: int, keys: int, experts: int, tied: bool) -> Iterator[Matrix]:
    yield Matrix("token_embd.weight", (words, width))
    if not tied:
        yield Matrix("output.weight", (words, width))
    yield Matrix("output_norm.weight", (width,))
    each, many = ("_exps", (experts,)) if experts else ("", ())
    for at in range(layers):
        yield Matrix(f"blk.{at}.attn_norm.weight", (width,))
        yield Matrix(f"blk.{at}.attn_q.weight", (width, width))
        yield Matrix(f"blk.{at}.attn_k.weight", (keys, width))
        yield Matrix(f"blk.{at}.attn_v.weight", (keys, width))
        yield Matrix(f"blk.{at}.attn_output.weight", (width, width))
        yield Matrix(f"blk.{at}.ffn_norm.weight", (width,))
        yield Matrix(f"blk.{at}.ffn_gate{each}.weight", (*many, inner, width))
        yield Matrix(f"blk.{at}.ffn_up{each}.weight", (*many, inner, width))
        yield Matrix(f"blk.{at}.ffn_down{each}.weight", (*many, width, inner))
        if experts:
            yield Matrix(f"blk.{at}.ffn_gate_inp.weight", (experts, width))
