"""GGUF file types: the format of each tensor of a network in a file type such as ``Q4_K_M``, by dated rules.

The rules are in a YAML file beside this one. Layers are counted as llama.cpp does: by the tensors of a role in the
order of their blocks or, in a network of experts, by the number of the block.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.formats import format_named
from calc.frozen import FrozenDict
from calc.reading import read_bytes
from calc.spec import source

RULES_FILE = Path(__file__).with_name("llama_cpp.yaml")
UNQUANTISED = ("F32", "F16", "BF16")
_BLOCK = re.compile(r"blk\.(\d+)\.")


class NetworkFacts(NamedTuple):
    """Facts about a whole network that rules use.

    ``architecture`` is GGUF's name, and ``with_imatrix`` is True if an importance matrix was used.
    """

    architecture: str
    layers: int
    heads: int
    key_heads: int
    experts: int = 0
    with_imatrix: bool = False


class Matrix(NamedTuple):
    """The name of a tensor in GGUF, and its sizes in PyTorch's order."""

    name: str
    sizes: tuple[int, ...]


class _Seen(NamedTuple):
    """A tensor as conditions see it.

    ``counted`` is its index among the ``of`` tensors of its role; ``layer`` is its layer.
    """

    matrix: Matrix
    network: NetworkFacts
    default: str
    counted: int
    of: int
    layer: int


@lru_cache(1 << 12)
def _fits(name: str, sizes: tuple[int, ...]) -> bool:
    """Return True if a row is a whole number of the format's blocks."""
    try:
        format_named(name).stored_bits(sizes)
    except OpError:
        return False
    return True


def _with_more_bits(layer: int, layers: int) -> bool:
    """Return True for the first and the last eighth of the layers, and for every third layer between them."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def _is_grouped(network: NetworkFacts) -> bool:
    """Return True if at least four query heads share a key head."""
    return network.key_heads > 0 and network.heads // network.key_heads >= 4


_CONDITIONS: dict[str, Callable[[_Seen], bool]] = {
    "falcon": lambda seen: seen.network.architecture == "falcon",
    "not_falcon": lambda seen: seen.network.architecture != "falcon",
    "row_of_broken_blocks": lambda seen: not _fits(seen.default, seen.matrix.sizes),
    "not_of_experts": lambda seen: len(seen.matrix.sizes) < 3 or seen.matrix.sizes[-3] <= 1,
    "grouped": lambda seen: _is_grouped(seen.network),
    "grouped_or_four_experts": lambda seen: _is_grouped(seen.network) or seen.network.experts >= 4,
    "eight_experts": lambda seen: seen.network.experts == 8,
    "with_imatrix": lambda seen: seen.network.with_imatrix,
    "without_imatrix": lambda seen: not seen.network.with_imatrix,
    "counted_in_first_two": lambda seen: seen.counted < 2,
    "counted_in_first_four": lambda seen: seen.counted < 4,
    "counted_in_first_eighth": lambda seen: seen.counted < seen.network.layers // 8,
    "counted_with_more_bits": lambda seen: _with_more_bits(seen.counted, seen.of),
    "in_first_eighth": lambda seen: seen.layer < seen.network.layers // 8,
    "in_first_sixteenth": lambda seen: seen.layer < seen.network.layers // 16,
    "in_middle": lambda seen: seen.network.layers // 8 <= seen.layer < 7 * seen.network.layers // 8,
    "with_more_bits": lambda seen: _with_more_bits(seen.layer, seen.network.layers),
}
"""The conditions of rules.

Those with ``counted`` use the index among the tensors of the role. The others use the layer, which is the block in a
network of experts.
"""


class FileTypes(NamedTuple):
    """The file types of one program at one date, with their rules."""

    name: str
    date: str
    numbers: FrozenDict[int, str]
    defaults: FrozenDict[str, str]
    kept: tuple[str, ...]
    roles: tuple[FrozenDict[str, Any], ...]
    rules: tuple[FrozenDict[str, Any], ...]
    fallbacks: FrozenDict[str, str]

    def chosen(self, file_type: str, matrices: Sequence[Matrix], network: NetworkFacts) -> dict[str, str | None]:
        """Return the format of each tensor, by name; None for tensors that are not quantised."""
        default = self.defaults[file_type]
        rules = [rule for rule in self.rules if file_type in rule.get("types", (file_type,))]
        roles = self._roles(matrices)
        of_role = {role: [rule for rule in rules if role in rule.get("roles", (role,))] for role in set(roles.values())}
        values = [matrix.name for matrix in matrices if roles[matrix.name] in ("value", "qkv")]
        counts: dict[str | None, int] = {}
        found: dict[str, str | None] = {}
        for matrix in sorted(matrices, key=lambda matrix: (_block(matrix.name), matrix.name)):
            role = roles[matrix.name]
            if not self._is_quantised(matrix):
                found[matrix.name] = None
            elif default in UNQUANTISED:
                found[matrix.name] = default
            else:
                family = "value" if role == "qkv" else role
                counted = counts[family] = counts.get(family, -1) + 1
                layer = _block(matrix.name) if network.experts > 1 else counted
                seen = _Seen(matrix, network, default, counted, len(values), layer)
                found[matrix.name] = self._fitting(_ruled(of_role[role], seen), matrix.sizes)
        return found

    def _roles(self, matrices: Sequence[Matrix]) -> dict[str, str | None]:
        found = {matrix.name: self._role(matrix.name) for matrix in matrices}
        if "head" not in found.values():
            found = {name: "head" if role == "embedding" else role for name, role in found.items()}
        return found

    def _role(self, name: str) -> str | None:
        for role in self.roles:
            if name in role.get("is", ()) or any(part in name for part in role.get("holds", ())):
                return str(role["role"])
        return None

    def _is_quantised(self, matrix: Matrix) -> bool:
        name = matrix.name
        return len(matrix.sizes) > 1 and name.endswith("weight") and not any(part in name for part in self.kept)

    def _fitting(self, format_: str, sizes: tuple[int, ...]) -> str:
        for name in (format_, self.fallbacks.get(format_, format_)):
            if _fits(name, sizes):
                return name
        return "F16"


def _ruled(rules: Sequence[FrozenDict[str, Any]], seen: _Seen) -> str:
    for rule in rules:
        if all(_CONDITIONS[condition](seen) for condition in rule.get("when", ())):
            chosen = rule["if_70b"] if "if_70b" in rule and _is_70b(seen.network) else rule["format"]
            return seen.default if chosen == "default" else str(chosen)
    return seen.default


def _is_70b(network: NetworkFacts) -> bool:
    """Return True for networks that llama.cpp treats as one of 70 billion parameters."""
    if network.layers != 80:
        return False
    return network.architecture == "qwen2" or (network.architecture == "llama" and network.heads != network.key_heads)


def _block(name: str) -> int:
    found = _BLOCK.match(name)
    return int(found[1]) if found else -1


@cache
def file_types() -> FileTypes:
    """Return the rules, which are read only once."""
    data = source.plain(source.parse(read_bytes(RULES_FILE), str(RULES_FILE)))
    kinds = data["file_types"]
    return FileTypes(
        data["name"],
        str(data["date"]),
        FrozenDict({kind["number"]: name for name, kind in kinds.items()}),
        FrozenDict({name: kind["format"] for name, kind in kinds.items()}),
        tuple(data["kept"]),
        tuple(map(FrozenDict, data["roles"])),
        tuple(map(FrozenDict, data["rules"])),
        FrozenDict(data["fallbacks"]),
    )
