"""Writes an assignment as a YAML file of rules, which ``--bits FILE`` reads."""

import json
from collections.abc import Sequence

from calc.analysis import Analysis
from calc.errors import OpError, printable
from calc.formats import Format
from calc.formats.plain import plain_codes
from calc.model.graph import Bits
from calc.precision.roles import PAPER
from calc.precision.stores import stores_text
from calc.precision.uniform import uniform_bits

_GLOBS = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def policy_text(layers: Sequence[tuple[str, Bits]], comments: Sequence[str], stores: str = "") -> str:
    """Return the YAML of a policy with one rule for each layer, under ``comments``.

    ``stores`` names the formats of the other tensors, if they are not the usual ones.
    """
    lines = [f"# {printable(comment)}" for comment in comments]
    lines += [f"stores: {stores}"] if stores else []
    lines.append("rules:")
    names = [f"{json.dumps(name.translate(_GLOBS), ensure_ascii=False)}," for name, _ in layers]
    width = max(map(len, names))
    lines += [f"  - {{name: {name:{width}} bits: {bits}}}" for name, (_, bits) in zip(names, layers, strict=True)]
    return "\n".join(lines) + "\n"


def policy_of(analysis: Analysis) -> str:
    """Return a file that gives ``analysis`` the same bits and stores all tensors in the same formats.

    Raises OpError if no file can do so: there is no layer with MACs, or one layer has several formats.
    """
    graph = analysis.graph
    rows = list(zip(graph.nodes, analysis.assigned, strict=True))
    layers = [(node.name, row.bits) for node, row in rows if row is not None]
    if not layers:
        raise OpError(f"{graph.model} has no layer with MACs, so there are no bits to write")
    apart = [node.name for node, row in rows if row is not None and (row.parts or uniform_bits(str(row.bits)) is None)]
    if apart:
        fact = f"{analysis.policy} stores parts of {apart[0]} in formats of their own, which a rule cannot express"
        raise OpError(fact, f"--bits {analysis.policy} is the same policy")
    layers += [(graph.nodes[index].name, _bits_in(stored)) for index, stored in analysis.held.items()]
    stores = stores_text(analysis.roles, analysis.counts, analysis.assigned)
    is_usual = stores == PAPER.name and analysis.original is None
    return policy_text(layers, [f"Bits of {graph.model}, by {analysis.policy}"], "" if is_usual else stores)


def _bits_in(stored: Format) -> Bits:
    bits = stored.code_bits
    return Bits(bits, bits, None if stored == plain_codes(bits) else stored)
