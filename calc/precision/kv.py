"""The formats in which attention keeps keys and values: one for both, or one for each, ``k=q8_0,v=q4_0``."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError
from calc.formats import Format
from calc.model.graph import Graph

_HINT = "such as fp16, q8_0 or k=q8_0,v=q4_0"


class KvFormats(NamedTuple):
    """The format of keys and the format of values."""

    keys: Format
    values: Format

    @property
    def text(self) -> str:
        """The formats as ``read_kv`` reads them: ``Q8_0``, or ``k=Q8_0,v=Q4_0``."""
        if self.keys == self.values:
            return self.keys.name
        return f"k={self.keys.name},v={self.values.name}"


def read_kv(kv: str) -> KvFormats:
    """Return the formats that ``kv`` names. Raises OpError for any other value."""
    if not isinstance(kv, str):
        raise OpError(f"kv={kv!r:.60}: must be the name of a format, or two", _HINT)
    if "=" not in kv:
        both = _format(kv)
        return KvFormats(both, both)
    parts = [part.strip().partition("=") for part in kv.split(",")]
    given = {name.strip().lower(): text for name, _, text in parts}
    if len(parts) != 2 or given.keys() != {"k", "v"}:
        raise OpError(f"--kv {kv[:60]}: must name the format of keys and that of values, each once", _HINT)
    return KvFormats(_format(given["k"]), _format(given["v"]))


def _format(name: str) -> Format:
    from calc.formats import format_named  # reads all formats, which only a run with --kv needs

    try:
        found = format_named(name)
    except OpError as error:
        raise OpError(f"--kv: {error.fact}", error.hint) from None
    if not found.keeps_states:
        fact = f"--kv {found.name}: it is a format for weights, which cannot store keys or values"
        raise OpError(fact, "such as bf16, fp8, int8, nvfp4; of GGUF Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and IQ4_NL")
    return found


def formats_of_kept(kv: KvFormats, graph: Graph, counts: Sequence[Counts]) -> dict[int, Format]:
    """Return the format of each state by node: of values if attention only reads it as values, otherwise of keys.

    A state that both are computed from, such as the latents of DeepSeek, has the format of keys. The result is empty if
    both formats are equal. Raises OpError if no attention reads a state, because its role is then not known, and if no
    state is only values.
    """
    if kv.keys == kv.values:
        return {}
    readers: dict[int, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        for source in node.inputs:
            readers.setdefault(source, []).append(index)
    found = {}
    for keeping, row in enumerate(counts):
        if row.states:
            roles = _read_as(graph, readers, keeping)
            if not roles:
                name = graph.nodes[keeping].name
                fact = f"no attention reads {name}, so it is not known whether it is keys or values"
                raise OpError(fact, "one format for both: --kv q8_0")
            found[keeping] = kv.values if roles == {"v"} else kv.keys
    if found and kv.values not in found.values():
        kept = graph.nodes[next(iter(found))].name
        fact = f"--kv {kv.text}: no layer keeps values: they are computed from {kept}, as keys are"
        raise OpError(fact, f"one format for both: --kv {kv.keys.name}")
    return found


def _read_as(graph: Graph, readers: dict[int, list[int]], keeping: int) -> set[str]:
    """Return the roles ``k`` and ``v`` in which the next attention after the node ``keeping`` reads its state."""
    found, seen, left = set[str](), {keeping}, [keeping]
    while left:
        source = left.pop()
        for index in readers.get(source, ()):
            node = graph.nodes[index]
            if {"k", "v"} <= set(node.op.roles):
                pairs = zip(node.op.roles, node.inputs, strict=False)
                found |= {role for role, read in pairs if read == source and role in ("k", "v")}
            elif index not in seen:
                seen.add(index)
                left.append(index)
    return found
