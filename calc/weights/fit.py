"""Finds the file type or policy by which the tensors of a file are stored, and the tensors that differ from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calc.formats import known_format
from calc.weights.file_types import UNQUANTISED, Matrix, NetworkFacts, file_types
from calc.weights.roles import StoredRole
from calc.weights.stored import StoredTensor, WeightFile

_FLOATS = {"F32": "fp32", "F16": "fp16", "BF16": "bf16"}
"""The names of floats in safetensors, with their names as policies."""
_GUESSED = 1024
"""The number that is added to general.file_type if the program that wrote the file had to guess it."""


class FormatDifference(NamedTuple):
    """A tensor whose format is not the ``wanted`` one. None means that it should not be quantised."""

    name: str
    format: str
    wanted: str | None


class StorageFit(NamedTuple):
    """The file type of GGUF, or the policy of calc, that fits best.

    ``source`` names the origin of the rules. ``declared`` is the file type that the file states, if it states one.
    """

    name: str
    source: str
    tensors: int
    differences: tuple[FormatDifference, ...]
    declared: str | None = None


def type_fit(file: WeightFile) -> StorageFit | None:
    """Return the file type whose rules give the most tensors of ``file`` the format that they have.

    Among equally good types, the one that the file states wins, then the first. The result is None for a file that is
    not a language model, because it has no layers or no embedding of tokens.
    """
    network = network_facts(file.facts)
    formats = {tensor.name: tensor.format for tensor in file.tensors}
    if network is None or "token_embd.weight" not in formats:
        return None
    types = file_types()
    said = file.facts.get("general.file_type")
    declared = types.numbers.get(said & ~_GUESSED) if type(said) is int else None
    matrices = [Matrix(tensor.name, tensor.sizes) for tensor in file.tensors]
    best: StorageFit | None = None
    for file_type in sorted(types.defaults, key=lambda name: name != declared):
        chosen = types.chosen(file_type, matrices, network)
        differences = tuple(
            [
                FormatDifference(name, formats[name], wanted)
                for name, wanted in chosen.items()
                if (formats[name] not in UNQUANTISED if wanted is None else formats[name] != wanted)
            ]
        )
        if best is None or len(differences) < len(best.differences):
            source = f"by the rules of {types.name} of {types.date}"
            best = StorageFit(file_type, source, len(matrices), differences, declared)
    return best


def policy_fit(tensors: Sequence[StoredTensor], roles: Sequence[StoredRole]) -> StorageFit | None:
    """Return the policy with which ``calc run --bits`` stores the most tensors as they are in the file.

    It tries one float for everything, and the most frequent format for matrices with bf16 for the rest. The result is
    None if half of the tensors or more differ. Buffers and tensors without a known role are left out.
    """
    held = [(tensor, role) for tensor, role in zip(tensors, roles, strict=True) if role not in ("buffer", "other")]
    packed = Counter([tensor.format for tensor, role in held if role == "weight" and known_format(tensor.format)])
    matrices = [(format_, "BF16") for format_, _ in packed.most_common(1) if format_ not in _FLOATS]
    best: StorageFit | None = None
    for weight, rest in (*matrices, *[(name, name) for name in _FLOATS]):
        wanted = [weight if role == "weight" else rest for _, role in held]
        differences = tuple(
            [
                FormatDifference(tensor.name, tensor.format, format_)
                for (tensor, _), format_ in zip(held, wanted, strict=True)
                if tensor.format != format_
            ]
        )
        if 2 * len(differences) < len(held) and (best is None or len(differences) < len(best.differences)):
            name = _FLOATS.get(weight, weight)
            best = StorageFit(name, f"as calc run --bits {name} stores a network", len(held), differences)
    return best


def network_facts(facts: Mapping[str, object]) -> NetworkFacts | None:
    """Return the facts in the header about the whole network; None if it states too few."""
    name = facts.get("general.architecture")
    if not isinstance(name, str):
        return None
    layers = _number(facts.get(f"{name}.block_count"))
    heads = _number(facts.get(f"{name}.attention.head_count"))
    key_heads = _number(facts.get(f"{name}.attention.head_count_kv", heads))
    experts = _number(facts.get(f"{name}.expert_count", 0))
    if not layers or heads is None or key_heads is None or experts is None:
        return None
    return NetworkFacts(name, layers, heads, key_heads, experts, "quantize.imatrix.file" in facts)


def _number(value: object) -> int | None:
    """Return a number, or the first of several for each layer, which llama.cpp uses too."""
    first = value[0] if isinstance(value, tuple) else value
    return first if type(first) is int and 0 <= first < 2**31 else None
