"""Finds the role of each tensor of a file by its name and number of axes, because a header does not state roles.

The names are those of PyTorch's layers, of Hugging Face, torchvision and timm, and of GGUF. The last word of a module
decides: ``blk.3.ffn_norm.weight`` is a norm, ``model.embed_tokens.weight`` an embedding, ``patch_embed.proj.weight`` a
weight.
"""

import re
from collections.abc import Sequence
from typing import Literal

from calc.weights.stored import StoredTensor

StoredRole = Literal["weight", "bias", "norm", "embedding", "head", "buffer", "other"]
ROLES: tuple[StoredRole, ...] = ("weight", "bias", "norm", "embedding", "head", "buffer", "other")
_BUFFERS = {
    "running_mean", "running_var", "num_batches_tracked", "position_ids", "inv_freq", "relative_position_index",
    "relative_coords_table", "attn_mask", "input_scale", "input_global_scale", "k_scale", "v_scale",
}  # fmt: skip
_NORM = re.compile(r"norm|(^|_)(bn|ln|rms)(\d*$|_)")
_BIAS = re.compile(r"(^|_)bias($|_[a-z]*_?l\d+)|^b$")
_EMBEDDING = re.compile(r"(^|_)emb|embd|embed|^wte$|^wpe$|^shared$|(class|cls|dist|mask|register)_tokens?$")
_HEADS = ("output", "lm_head", "embed_out", "head", "heads", "classifier", "fc", "score")
_WRAPPERS = re.compile(r"^(model|module|transformer)\.")
_MATRIX_PARTS = ("weight", "kernel", "w")


def roles(tensors: Sequence[StoredTensor]) -> tuple[StoredRole, ...]:
    """Return the role of each of ``tensors``."""
    with_statistics = {tensor.name.rpartition(".")[0] for tensor in tensors if tensor.name.endswith(".running_mean")}
    head = _head(tensors)
    return tuple(["head" if tensor.name == head else _role(tensor, with_statistics) for tensor in tensors])


def _role(tensor: StoredTensor, with_statistics: set[str]) -> StoredRole:
    module, _, part = tensor.name.rpartition(".")
    called = module.rpartition(".")[2].lower()
    axes = len(tensor.sizes)
    if part in _BUFFERS or tensor.name == "rope_freqs.weight":
        return "buffer"
    if axes <= 1 and (module in with_statistics or _NORM.search(called) or _NORM.search(part.lower())):
        return "norm"
    if _BIAS.search(part):
        return "bias"
    if axes == 1 and part in ("weight", "scale", "gamma", "beta"):
        return "norm"  # a norm whose name is a number, a layer scale or a slope; no other layer has such a tensor
    word = called if part in _MATRIX_PARTS else part.lower()
    if 2 <= axes <= 3 and _EMBEDDING.search(word):
        return "embedding"
    return "weight" if axes >= 2 else "other"


def _head(tensors: Sequence[StoredTensor]) -> str | None:
    """Return the matrix that computes the outputs: the last tensor whose name begins like that of a head."""
    found: dict[str, list[str]] = {}
    for tensor in tensors:
        begins = _WRAPPERS.sub("", tensor.name).split(".")[0]
        called, _, part = tensor.name.rpartition(".")
        is_matrix = len(tensor.sizes) >= 2 and part in _MATRIX_PARTS
        if begins in _HEADS and is_matrix and not _NORM.search(called.rpartition(".")[2].lower()):
            found.setdefault(begins, []).append(tensor.name)
    for word in _HEADS:
        if word in found:
            return max(found[word], key=_by_numbers)
    return None


def _by_numbers(name: str) -> list[tuple[int, str]]:
    """Return a sort key by which ``classifier.10`` follows ``classifier.6``."""
    return [(int(part) if part.isdecimal() else -1, part) for part in name.split(".")]
