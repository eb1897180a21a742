"""Reads the sections ``params:`` and ``blocks:``."""

from calc.frozen import FrozenDict
from calc.spec.expressions import is_variable
from calc.spec.header import check_input_name
from calc.spec.model import Block, Chain, Param
from calc.spec.modifiers import plain_alias, variables
from calc.spec.schema import BLOCK_NAME, Layers
from calc.spec.tree import Mapping, Scalar, Value

BLOCK_KEYS = ("params", "inputs", "layers", "is")


def block_params(grammar: Layers, node: Value | None) -> dict[str, Param]:
    """Read ``params:``, a mapping of names to defaults. A name with nothing after its colon is required."""
    if node is None or (isinstance(node, Scalar) and node.data is None):
        return {}
    if not isinstance(node, Mapping):
        grammar.report(node, "params must be a mapping of names to defaults", "params: {width: 1.0, out: }")
        return {}
    found = {}
    for name, key in node.keys().items():
        default = node.entries[name]
        if not is_variable(name):
            hint = "a letter, then letters, digits and _; no word of the language"
            grammar.report(key, f"'{name[:60]}' cannot name a param", hint)
            continue
        required = isinstance(default, Scalar) and default.empty
        compiled = None if required else grammar.value(default)
        if required or compiled is not None:
            found[name] = Param(name, key.place, compiled)
    return found


def blocks(grammar: Layers, node: Value | None) -> dict[str, Block]:
    """Read ``blocks:``, a mapping of names with a capital letter to blocks."""
    if node is None or (isinstance(node, Scalar) and node.data is None):
        return {}
    if not isinstance(node, Mapping):
        grammar.report(node, "blocks must be a mapping of names to blocks")
        return {}
    found = {}
    for name, key in node.keys().items():
        check_block_name(grammar, key)
        block = _block(grammar, name, key, node.entries[name])
        if block is not None:
            found[name] = block
    return found


def check_block_name(grammar: Layers, key: Scalar) -> None:
    """Report a key that cannot name a block."""
    if not BLOCK_NAME.fullmatch(key.text):
        grammar.report(key, f"'{key.text[:60]}' cannot name a block", "a block starts with a capital")


def _block(grammar: Layers, name: str, key: Scalar, body: Value) -> Block | None:
    if not isinstance(body, Mapping):
        grammar.report(
            body, f"the block {name[:60]} must be a mapping", "with layers: and params:, or is: for an alias"
        )
        return None
    grammar.known_keys(body, BLOCK_KEYS, f"the block {name[:60]}")
    given = FrozenDict(block_params(grammar, body.entries.get("params")))
    inputs = variables(grammar, body.entries["inputs"], "inputs") if "inputs" in body.entries else ()
    for number, each in enumerate(inputs):
        check_input_name(grammar, body.entries["inputs"], each, is_first=number == 0)
    if ("layers" in body.entries) == ("is" in body.entries):
        grammar.report(key, f"the block {name[:60]} needs layers: or is:, one of them")
        return None
    if "layers" in body.entries:
        chain = grammar.chain(body.entries["layers"])
        return None if chain is None else Block(name, key.place, given, inputs, chain, alias=False)
    member = grammar.member(body.entries["is"], None)
    if member is None:
        return None
    plain_alias(grammar, member, "is:", "write it at the calls of the block, or use layers:")
    return Block(name, key.place, given, inputs, Chain(body.place, (member,)), alias=True)
