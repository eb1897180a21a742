"""Names the blocks of a file after the classes of their modules, or else after their chains or layers."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain as chain_of
from itertools import count
from string import digits

from calc.spec.schema import BLOCK_NAME
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "Module", "GraphModule", "InterpreterModule")
"""Classes of modules that tell nothing about their contents."""
_FEW = 3


class BlockNames:
    """Gives each block a name. ``classes`` maps full names of scopes to the classes of their modules."""

    def __init__(self, layers: Sequence[WrittenLayer], classes: Mapping[str, str]) -> None:
        self._layers = layers
        self._classes = classes
        self._taken: set[str] = set()
        self._parts: dict[str, set[str]] = {}

    def names(self, blocks: Sequence[Sequence[NamedChain]]) -> list[str]:
        """Return a name for each of ``blocks``, given its chains.

        The most frequent block has the name without an addition.
        """
        found: dict[int, str] = {}
        for number, chains in sorted(enumerate(blocks), key=lambda block: -len(block[1])):
            ((of_class, _),) = Counter([class_of(chain, self._classes) for chain in chains]).most_common(1)
            found[number] = self._name(of_class or _stem(self._layers, chains[0]), chains[0])
        return [found[number] for number in range(len(blocks))]

    def _name(self, stem: str, chain: NamedChain) -> str:
        """Return ``stem``, with a word that tells the block from others of that name or with a number if needed."""
        parts, known = _parts(self._layers, chain), self._parts.setdefault(stem, set())
        told = [stem + word for word in parts if word not in known and not word.lower().endswith("block")]
        numbered = (f"{stem}{number}" for number in count(2))
        name = next(name for name in chain_of((stem, *told), numbered) if name not in self._taken)
        self._taken.add(name)
        known.update(parts)
        return name


def class_of(chain: NamedChain, classes: Mapping[str, str]) -> str:
    """Return the class of the module that ``chain`` is, in the form of a block's name; empty if it tells nothing."""
    return class_named(chain.name, classes)


def class_named(scope: str, classes: Mapping[str, str]) -> str:
    """Return the class of the module ``scope``, in the form of a block's name; empty if it tells nothing."""
    name = re.sub(r"[^A-Za-z0-9_]", "", classes.get(scope, "")).lstrip(f"_{digits}")
    name = name[:1].upper() + name[1:]
    return "" if name in CONTAINERS or not BLOCK_NAME.fullmatch(name) else name


def _parts(layers: Sequence[WrittenLayer], chain: NamedChain) -> list[str]:
    """Return the keys of the chains and layers in ``chain``, then the words of its layers, as parts of names."""
    keys = [member.key for member in chain.members]
    words = [layers[at].word for at in range(chain.start, chain.stop)]
    return [_capital(text) for text in dict.fromkeys([*keys, *words]) if re.fullmatch(r"[a-z]+[a-z0-9_]*", text)]


def _capital(text: str) -> str:
    return "".join([part[:1].upper() + part[1:] for part in text.split("_")])


def _stem(layers: Sequence[WrittenLayer], chain: NamedChain) -> str:
    """Return a name without a class: the words of a short chain, else the nearest part of its name that is a word."""
    members = chain.members
    if len(members) <= _FEW and all(isinstance(member, NamedLayer) for member in members):
        return "".join([_capital(layers[member.at].word) for member in members if isinstance(member, NamedLayer)])
    named = re.findall(r"[A-Za-z]+", chain.name.rpartition(".")[2])
    (outer,) = re.findall(r"[A-Za-z]+", chain.name)[-1:] or ("block",)
    parts = named or [outer, "part" if outer.lower() == "block" else "block"]
    return "".join([part[:1].upper() + part[1:] for part in parts])
