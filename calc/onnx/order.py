"""Sorts nodes so that each one comes after those it reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from calc.onnx.model import OnnxNode


def in_order(
    nodes: Sequence[OnnxNode],
    makers: Mapping[str, OnnxNode],
    known: Iterable[str],
    reads: Callable[[OnnxNode], Iterable[str]],
) -> tuple[tuple[OnnxNode, ...], tuple[OnnxNode, ...]]:
    """Return ``nodes`` in an order in which they can run, otherwise as in the file, and the nodes that form a
    cycle.

    ``makers`` has the node that computes each name. A name that no node computes is assumed to be available.
    """
    made = set(known)
    waits: dict[int, int] = {}
    readers: dict[str, list[int]] = {}
    ordered: list[OnnxNode] = []
    ready: list[int] = []
    for at, node in enumerate(nodes):
        missing = {name for name in reads(node) if name in makers and name not in made}
        if missing:
            waits[at] = len(missing)
            for name in missing:
                readers.setdefault(name, []).append(at)
            continue
        ready.append(at)
        while ready:
            done = nodes[ready.pop()]
            ordered.append(done)
            for name in done.outputs:
                if name in made:
                    continue
                made.add(name)
                for reader in reversed(readers.pop(name, [])):
                    waits[reader] -= 1
                    if not waits[reader]:
                        del waits[reader]
                        ready.append(reader)
    return tuple(ordered), tuple([nodes[at] for at in waits])
