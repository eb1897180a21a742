"""Which file type the tensors of a GGUF file are, and where they differ from it."""

from collections.abc import Mapping
from typing import NamedTuple

from calc.weights.file_types import UNQUANTISED, Matrix, NetworkFacts, file_types
from calc.weights.stored import WeightFile

_GUESSED = 1024
"""Added to general.file_type where the program that wrote it was not told."""


class FormatDifference(NamedTuple):
    """A tensor that has another format than the file type gives it; ``by_type`` is None where it stays as it was."""

    name: str
    format: str
    by_type: str | None


class TypeFit(NamedTuple):
    """The file type that fits best, by the rules of ``program`` at ``date``. ``declared`` is what the file says."""

    file_type: str
    declared: str | None
    program: str
    date: str
    tensors: int
    differences: tuple[FormatDifference, ...]


def type_fit(file: WeightFile) -> TypeFit | None:
    """The file type whose rules give the most tensors of ``file`` the format that they have.

    None for what is no language model: without layers or without an embedding of tokens. Of several alike, the one that
    the file says, then the first.
    """
    network = network_facts(file.facts)
    formats = {tensor.name: tensor.format for tensor in file.tensors}
    if network is None or "token_embd.weight" not in formats:
        return None
    types = file_types()
    said = file.facts.get("general.file_type")
    declared = types.numbers.get(said & ~_GUESSED) if type(said) is int else None
    matrices = [Matrix(tensor.name, tensor.sizes) for tensor in file.tensors]
    best: TypeFit | None = None
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
            best = TypeFit(file_type, declared, types.name, types.date, len(matrices), differences)
    return best


def network_facts(facts: Mapping[str, object]) -> NetworkFacts | None:
    """What the header says of the network as a whole; None where it says too little."""
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
    """A number; of one a layer, that of the first, as llama.cpp takes it."""
    first = value[0] if isinstance(value, tuple) else value
    return first if type(first) is int and 0 <= first < 2**31 else None
