"""What a spec has of all that specs can have, read off its document: for saying what was drawn."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from calc.ops import WORDS

_OPS = frozenset(WORDS)
_STRUCTURES = ("residual", "branches", "chain")

FEATURES = {
    "residual": None,
    "shortcut": None,
    "add": None,
    "multiply": None,
    "concat": None,
    "repeat": None,
    "block": None,
    "block of several members": None,
    "block in a block": None,
    "block called twice": None,
    "merge in a merge": None,
    "merge in a block": None,
    "repeat in a repeat": None,
    "from earlier": None,
    "shares": None,
    "shares across ops": ("embedding", "batch_norm", "layer_norm", "linear"),
    "several inputs": ("linear", "matmul", "add", "scaled_dot_product_attention"),
    "several outputs": None,
    "again": None,
    "training_only": None,
    "experts": ("linear",),
    "same": ("conv1d", "conv2d", "conv3d"),
    "same with a stride": ("conv1d", "conv2d", "conv3d", "max_pool2d", "avg_pool2d"),
    "valid": ("conv1d", "conv2d", "conv3d"),
    "groups": ("conv1d", "conv2d", "conv3d"),
    "dilation": ("conv1d", "conv2d", "conv3d"),
    "uneven kernel": ("conv2d", "conv3d"),
    "uneven stride": ("conv2d", "conv3d"),
    "ceil_mode": ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool2d"),
    "output_padding": ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    "not square": ("conv2d",),
}
"""Every feature, with the ops among which it is looked for where others hardly show it."""


class _Member(NamedTuple):
    """A layer of the document and the words of the structures, and of the block, that it stands in."""

    layer: dict[str, Any]
    within: tuple[str, ...]
    name: str
    """Empty in a list."""


def words(spec: dict[str, Any]) -> frozenset[str]:
    """The ops of ``spec``, those that merge included."""
    found: set[str] = set()
    for layer, *_ in _members(spec):
        found |= (_OPS & layer.keys()) | ({"add"} if "residual" in layer else {layer.get("merge", "")} - {""})
    return frozenset(found)


def features(spec: dict[str, Any]) -> frozenset[str]:
    """Those of FEATURES that ``spec`` has."""
    members = list(_members(spec))
    blocks = spec["blocks"]
    named = {member.name: next(iter(member.layer)) for member in members}
    calls = [next(iter(layer)) for layer, *_ in members if next(iter(layer)) in blocks]
    found = {
        "block": bool(calls),
        "block of several members": any(len(block["layers"]) > 1 for block in blocks.values()),
        "block called twice": len(set(calls)) < len(calls),
        "several inputs": "shape" not in spec["input"],
        "several outputs": len(_listed(spec.get("output", []))) > 1,
        "not square": len(set(_first_input(spec)["shape"][1:])) > 1,
    }
    for layer, within, _ in members:
        for name, there in (*_of_structure(layer, within, blocks, named), *_of_op(layer)):
            found[name] = found.get(name, False) or there
    return frozenset(name for name, there in found.items() if there)


def _first_input(spec: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = spec["input"]
    return given if "shape" in given else next(iter(given.values()))


def _of_structure(
    layer: dict[str, Any], within: tuple[str, ...], blocks: dict[str, Any], named: dict[str, str]
) -> Iterator[tuple[str, bool]]:
    word = next(iter(layer))
    merges = word in ("residual", "branches")
    yield "residual", word == "residual"
    yield layer.get("merge", "add"), word == "branches"
    yield "merge in a merge", merges and bool({"residual", "branches"} & {*within})
    yield "merge in a block", merges and "block" in within
    yield "repeat in a repeat", "repeat" in layer and "repeat" in within
    yield "block in a block", word in blocks and "block" in within
    yield "from earlier", any(not name.startswith("p") for name in layer.get("from", ())[1:])
    for name in ("shortcut", "repeat", "shares", "again", "training_only"):
        yield name, name in layer
    yield "experts", word == "experts"
    yield "shares across ops", "shares" in layer and word != named[layer["shares"]]


def _of_op(layer: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    word, arguments = next(iter(layer.items()))
    if word not in _OPS or not isinstance(arguments, dict):
        return
    for name in ("same", "valid"):
        yield name, arguments.get("padding") == name
    stride = arguments.get("stride", arguments.get("kernel_size", 1) if "pool" in word else 1)
    yield "same with a stride", arguments.get("padding") == "same" and any(step != 1 for step in _listed(stride))
    yield "ceil_mode", arguments.get("ceil_mode", False)
    for name, plain in (("groups", 1), ("dilation", 1), ("output_padding", 0)):
        value = arguments.get(name, plain)
        yield name, any(each != plain for each in _listed(value))
    for name in ("kernel", "stride"):
        value = arguments.get("kernel_size" if name == "kernel" else name)
        yield f"uneven {name}", isinstance(value, list) and len(set(value)) > 1


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _members(spec: dict[str, Any]) -> Iterator[_Member]:
    yield from _of_chain(spec["layers"], ())
    for block in spec["blocks"].values():
        yield from _of_chain(block["layers"], ("block",))


def _of_chain(chain: Any, within: tuple[str, ...]) -> Iterator[_Member]:
    for name, written in chain.items() if isinstance(chain, dict) else [("", each) for each in chain]:
        layer = {written: None} if isinstance(written, str) else written
        yield _Member(layer, within, name)
        word = next(iter(layer))
        inside = (*within, word, *(["repeat"] if "repeat" in layer else []))
        if word in _STRUCTURES:
            chains = layer["branches"] if word == "branches" else [layer[word], layer.get("shortcut", [])]
            for each in chains:
                yield from _of_chain(each, inside)
        if word == "experts":
            yield from _of_chain([layer["experts"]["expert"]], inside)
