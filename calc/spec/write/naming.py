"""What the blocks of a file are called: as the classes of their modules, else as the chains or the layers in them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from calc.spec.schema import BLOCK_NAME
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "Module", "GraphModule", "InterpreterModule")
"""Classes of modules that say nothing of what is in them."""
_FEW = 3


def block_names(
    layers: Sequence[WrittenLayer], blocks: Sequence[Sequence[NamedChain]], classes: Mapping[str, str]
) -> list[str]:
    """A name for each of ``blocks``, given its chains: those of a name most often called have it without an addition.

    ``classes``: full names of scopes to the classes of their modules.
    """
    found: dict[int, str] = {}
    stems: dict[str, list[Sequence[NamedChain]]] = {}
    for number, chains in sorted(enumerate(blocks), key=lambda block: -len(block[1])):
        ((of_class, _),) = Counter([class_of(chain, classes) for chain in chains]).most_common(1)
        stem = of_class or _stem(layers, chains[0])
        earlier = stems.setdefault(stem, [])
        taken = set(found.values())
        found[number] = next(name for name in _names(stem, layers, chains, earlier) if name not in taken)
        earlier.append(chains)
    return [found[number] for number in range(len(blocks))]


def class_of(chain: NamedChain, classes: Mapping[str, str]) -> str:
    """The class of the module that ``chain`` is, as a block may be called; empty where it says nothing."""
    name = re.sub(r"[^A-Za-z0-9_]", "", classes.get(chain.name, "")).lstrip("_0123456789")
    name = name[:1].upper() + name[1:]
    return "" if name in CONTAINERS or not BLOCK_NAME.fullmatch(name) else name


def _names(
    stem: str, layers: Sequence[WrittenLayer], chains: Sequence[NamedChain], earlier: Sequence[Sequence[NamedChain]]
) -> Iterator[str]:
    """``stem``, then with what tells the block from those of ``earlier`` that are called so, then with a number."""
    yield stem
    known = {word for others in earlier for word in _parts(layers, others[0])}
    for word in _parts(layers, chains[0]):
        if word not in known and not word.lower().endswith("block"):
            yield stem + word
    yield from (f"{stem}{count}" for count in range(2, 10**9))


def _parts(layers: Sequence[WrittenLayer], chain: NamedChain) -> list[str]:
    """What stands in ``chain``: the keys of its chains and layers, then the words of its layers, as parts of names."""
    keys = [member.key for member in chain.members]
    words = [layers[at].word for at in range(chain.start, chain.stop)]
    return [_capital(text) for text in dict.fromkeys([*keys, *words]) if re.fullmatch(r"[a-z]+[a-z0-9_]*", text)]


def _capital(text: str) -> str:
    return "".join([part[:1].upper() + part[1:] for part in text.split("_")])


def _stem(layers: Sequence[WrittenLayer], chain: NamedChain) -> str:
    """Without a class: the words of a short chain, else the nearest part of its name that is a word."""
    members = chain.members
    if len(members) <= _FEW and all(isinstance(member, NamedLayer) for member in members):
        return "".join([_capital(layers[member.at].word) for member in members if isinstance(member, NamedLayer)])
    named = re.findall(r"[A-Za-z]+", chain.name.rpartition(".")[2])
    (outer,) = re.findall(r"[A-Za-z]+", chain.name)[-1:] or ("block",)
    parts = named or [outer, "part" if outer.lower() == "block" else "block"]
    return "".join([part[:1].upper() + part[1:] for part in parts])
