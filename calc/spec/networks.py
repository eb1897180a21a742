"""Reads ``uses:``, which makes blocks of the networks in other specs."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from calc.errors import Problem, SpecError, nearest
from calc.frozen import FrozenDict
from calc.spec import files
from calc.spec.blocks import check_block_name
from calc.spec.model import Block, Chain, ModelSpec, Nested, Param
from calc.spec.schema import Layers
from calc.spec.tree import Mapping, Value


class Uses(NamedTuple):
    """The state of reading ``uses:``: the folder to stay in, the files that led here, and the specs built so far.

    ``build`` makes a spec from the values of a file.
    """

    root: Path
    trail: tuple[Path, ...]
    built: dict[Path, ModelSpec]
    build: "Callable[[Value, str, Uses], ModelSpec]"


def networks(grammar: Layers, mapping: Mapping, uses: Uses) -> Iterator[Block]:
    """Yield each network under ``uses:`` as a block. ``file.yaml#name`` means one list of its layers."""
    node = mapping.entries.get("uses")
    if node is None:
        return
    if not isinstance(node, Mapping):
        grammar.report(node, "uses must be a mapping of block names to specs", "uses: {ResNet50: resnet50.yaml}")
        return
    keys = node.keys()
    for name, written in node.entries.items():
        check_block_name(grammar, keys[name])
        block = grammar.attempt(partial(_network, name, written, uses))
        if block is not None:
            yield block


def _network(name: str, node: Value, uses: Uses) -> Block:
    """Return the spec that ``node`` names as a block, with its params, their values as defaults, and its layers."""
    path, part = files.find(node, "uses", uses.root)
    home = uses.built.get(path.resolve())
    if home is None:
        home = uses.build(files.read_spec(node, "uses", path, uses.trail), str(path), uses)
        uses.built[path.resolve()] = home
    parameters = FrozenDict(
        {key: Param(key, own.place, home.overrides.get(key, own.default)) for key, own in home.parameters.items()}
    )
    if part:
        return Block(name, node.place, parameters, (), _part(home, part, node), alias=False, home=home)
    inputs, outputs = tuple(home.inputs), home.outputs
    return Block(name, node.place, parameters, inputs, home.chain, alias=False, home=home, outputs=outputs)


def _part(home: ModelSpec, name: str, node: Value) -> Chain:
    lists = {
        member.key.constant: member.form.chain
        for member in home.chain.members
        if member.key is not None and isinstance(member.form, Nested)
    }
    if name not in lists:
        raise SpecError([Problem(node.place, f"{home.file} has no list of layers {name[:60]}", nearest(name, lists))])
    return lists[name]
