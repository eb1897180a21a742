"""Checks the buffers in which a network keeps a state between calls: their size is fixed and not empty."""

from collections.abc import Iterator, Mapping

from torch import fx

from calc.errors import Problem, SpecError
from verify.importers.held import Held, held_by
from verify.importers.modulewise import sizes_in_words
from verify.importers.packets import packet
from verify.importers.trace import Traced

_HINT = "use a buffer of one size that is not empty; pass a state that grows, such as a cache, as an input"


def require_buffers_of_one_size(traced: Traced) -> None:
    """Raise SpecError for saved tensors that are empty or whose sizes change in a call."""
    held = held_by(traced.program)
    facts = {each: f"{sizes_in_words(each.sizes)}: it holds no element" for each in held.values() if 0 in each.sizes}
    facts |= {each: fact for each, fact in _grown(traced, held) if each not in facts}
    problems = [
        Problem(traced.loaded.source, f"its {'parameter' if each.learnt else 'buffer'} {each.keys[0]} is {fact}", _HINT)
        for each, fact in facts.items()
        if each.saved
    ]
    if problems:
        raise SpecError(problems)


def _grown(traced: Traced, held: Mapping[fx.Node, Held]) -> Iterator[tuple[Held, str]]:
    for node in traced.graph.nodes:
        if node.op != "call_function" or packet(node.target) != "copy_" or node.args[0] not in held:
            continue
        buffer = held[node.args[0]]
        ((after, _),) = traced.sizes[node.args[1].name]
        if not _fits(after, buffer.sizes):
            before, then = map(sizes_in_words, (buffer.sizes, after))
            yield buffer, f"{before} before a call and {then} after it, so each call is another network"


def _fits(sizes: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Return whether a tensor of ``sizes`` broadcasts to the sizes ``into``."""
    ends = zip(reversed(sizes), reversed(into), strict=False)
    return len(sizes) <= len(into) and all(size in (1, whole) for size, whole in ends)
