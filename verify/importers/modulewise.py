"""Compares the MACs and output shapes of each module of a foreign network with those of a spec."""

from collections import Counter
from collections.abc import Iterator, Mapping

from calc.analysis import Analysis
from calc.model.graph import Graph
from verify.importers.observed import Observed, Sizes
from verify.importers.outputs import Discrepancy
from verify.importers.places import modules_of_layers
from verify.importers.samples import BATCH


def mac_differences(analysis: Analysis, observed: Observed, paths: Mapping[str, str]) -> Iterator[Discrepancy]:
    """Yield the modules in whose own forward, outside the modules that they call, a different number of MACs runs.

    If a layer is not fully known, at least as many MACs must run as are counted. Layers that are the same for all
    samples run once in the spec, but a module may run them for each sample. ``paths`` are those of Lowered.
    """
    graph, batch = analysis.graph, analysis.batch
    modules = modules_of_layers(graph, observed, paths)
    ours: Counter[str] = Counter()
    once: Counter[str] = Counter()
    bounds: set[str] = set()
    for node, counts in zip(graph.nodes, analysis.counts, strict=True):
        if node.name in modules:
            ours[modules[node.name]] += counts.macs
            once[modules[node.name]] += 0 if node.batched else counts.macs
            bounds |= {modules[node.name]} if "work" in node.unknown else set()
    for path, macs in _by_layers(graph, observed.macs).items():
        if macs == ours[path] + (batch - 1) * once[path]:
            continue
        if ours[path] > macs or (ours[path] < macs and path not in bounds):
            fact = (
                f"{macs:,} MACs run in it for {batch} samples by PyTorch's dispatcher, but the spec has {ours[path]:,}"
            )
            yield Discrepancy(path, fact)


def _by_layers(graph: Graph, macs: Mapping[str, int]) -> Counter[str]:
    """Return ``macs`` by the path of a module. Modules that are part of one layer are added to that layer."""
    names = {node.name for node in graph.layers}
    scopes = {name.rpartition(".")[0] for name in names}
    found: Counter[str] = Counter()
    for path, count in macs.items():
        parts = path.split(".")
        around = [".".join(parts[:length]) for length in range(1, len(parts))]
        found[next((each for each in around if each in names and each not in scopes), path)] += count
    return found


def shape_differences(graph: Graph, observed: Observed, paths: Mapping[str, str]) -> Iterator[Discrepancy]:
    """Yield the modules that return no tensor with the sizes of one of their layers.

    Modules without layers are not compared. If a module returns several tensors that are read, one of them has to fit a
    layer, because the others may be inputs that it passes on.
    """
    sizes: dict[str, set[Sizes]] = {}
    modules = modules_of_layers(graph, observed, paths)
    for node in graph.layers:
        path = modules[node.name]
        while path:
            sizes.setdefault(path, set()).add(node.shape.sizes)
            path = path.rpartition(".")[0]
    for path, (returned, *_) in observed.shapes.items():
        if not returned or path not in sizes:
            continue
        if not any(sizes[path] & of_one_sample(each) for each in returned):
            wanted, found = (", ".join(map(sizes_in_words, each[:3])) for each in (returned, sorted(sizes[path])))
            yield Discrepancy(path, f"it returns {wanted} for {BATCH} samples, but its layers in the spec give {found}")


def of_one_sample(sizes: Sizes) -> set[Sizes]:
    """Return the possible sizes for one sample, given ``sizes`` for BATCH samples. Any axis may include the batch."""
    found = {sizes, sizes[1:]} if sizes[:1] == (1,) else {sizes}  # a tensor that all samples share has no batch
    for axis, size in enumerate(sizes):
        folded, rest = divmod(size, BATCH)
        if not rest:
            found |= {(*sizes[:axis], *each, *sizes[axis + 1 :]) for each in ((folded,), *[()] * (folded == 1))}
    return found


def sizes_in_words(sizes: Sizes) -> str:
    """Return the sizes as text: ``2×3×4``, or ``a scalar``."""
    return "×".join(map(str, sizes)) or "a scalar"
