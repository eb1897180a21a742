"""The proof of an import: what the spec's text says is held against the network that it was imported from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from calc.analysis import Analysis, analyse
from calc.errors import OpError, Problem, SpecError
from calc.importing.proof import Proof
from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, loads
from calc.spec.write import first_difference
from verify.errors import VerifyError
from verify.importers.foreign import Foreign, foreign_of
from verify.importers.lowering import Lowered
from verify.importers.observed import Observed, Sizes, observe
from verify.importers.outputs import Discrepancy, compare_with_foreign
from verify.importers.places import modules_of_layers
from verify.importers.room import fits
from verify.importers.samples import BATCH, samples


def prove(lowered: Lowered, text: str, *, run: bool = True) -> Proof:
    """Hold the spec ``text`` against the network that it was imported from: layers, tensors, shapes, MACs, outputs.

    Everything that differs is in the result, at once, with the path of the module. Outputs are compared unless the
    network is on meta, too large for the memory, not all of its layers are known, or it is not to be ``run``.
    """
    imported, foreign = lowered.imported, foreign_of(lowered.traced)
    try:
        graph = expand(loads(text, imported.source), max_layers=len(imported.graph.nodes))
    except (SpecError, OpError) as error:
        fact = f"the spec that would be written is refused: {str(error).splitlines()[0]}"
        return proof_of(analyse(imported.graph), imported.source, [Discrepancy("", fact)], "outputs not compared")
    analysis = analyse(graph, batch=BATCH)
    differences = [*_text_differences(imported.graph, graph), *_tensor_differences(foreign, graph)]
    is_comparable = not differences
    try:
        observed = observe(foreign, samples(graph))
        differences += [*_mac_differences(analysis, observed), *_shape_differences(graph, observed)]
    except VerifyError as error:
        differences.append(Discrepancy("", error.fact))
    if not run:
        words = "outputs not run"
    elif any(each.is_meta for each in foreign.tensors.values()):
        words = "outputs not run, the module is on meta"
    elif not is_comparable:
        words = "outputs not compared"
    elif not fits(analysis.totals.params):
        words = "outputs not run, the network and its copy would take more than half of the memory"
    elif analysis.unknown:
        words = "outputs not compared, since not all of its layers are known"
    else:
        words, found = compare_with_foreign(lowered, graph)
        differences += found
    return proof_of(analyse(graph), imported.source, differences, words)


def proof_of(
    analysis: Analysis, source: str, differences: Iterable[Discrepancy], words: str, foreign: str = "module"
) -> Proof:
    """The counts of ``analysis``, each discrepancy as a problem of ``source``, and ``words`` of the outputs."""
    problems = tuple([Problem(source, each.fact, "", each.path or "the network itself") for each in differences])
    totals = analysis.totals
    return Proof(len(analysis.graph.layers), totals.params, totals.macs, words, problems, foreign, analysis.at_least)


def _text_differences(graph: Graph, read: Graph) -> Iterator[Discrepancy]:
    found = first_difference(graph, read)
    if found:
        yield Discrepancy("", f"the spec that would be written is another network: {found}")


def _tensor_differences(foreign: Foreign, graph: Graph) -> Iterator[Discrepancy]:
    """Tensors of the state dict that only one has, or of other sizes; of tied ones each has to have one name."""
    learnt = dict(foreign.network.named_parameters(remove_duplicate=False))
    saved = foreign.network.state_dict(keep_vars=True)
    for kind, is_kind, ours in (
        ("parameter", learnt.__contains__, parameters(graph)),
        ("buffer", lambda key: key not in learnt, buffers(graph)),
    ):
        theirs = {key: tensor for key, tensor in saved.items() if is_kind(key)}
        known = {id(tensor) for key, tensor in theirs.items() if key in ours}
        for key, tensor in theirs.items():
            sizes = tuple(tensor.shape)
            if key not in ours and id(tensor) not in known:
                yield Discrepancy(_owner(key), f"its {kind} {key} of {_shown(sizes)} is not in the spec")
            elif key in ours and ours[key] != sizes:
                yield Discrepancy(_owner(key), f"its {kind} {key} is {_shown(sizes)}, in the spec {_shown(ours[key])}")
        for key, sizes in ours.items():
            if key not in theirs:
                yield Discrepancy(_owner(key), f"the {kind} {key} of {_shown(sizes)} is only in the spec")


def _owner(key: str) -> str:
    """The path of the module that holds the tensor ``key``."""
    return key.rpartition(".")[0]


def _mac_differences(analysis: Analysis, observed: Observed) -> Iterator[Discrepancy]:
    """Modules in whose own forward, outside those that they call, another number of MACs runs.

    Where not all is known of a layer of theirs, no fewer than are counted. What is the same for every sample runs once
    in the spec, and may be worked out for each of them by a module.
    """
    graph, batch = analysis.graph, analysis.batch
    modules = modules_of_layers(graph, observed)
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
            fact = f"{macs:,} MACs run in it for {batch} samples by the dispatcher, {ours[path]:,} by the spec"
            yield Discrepancy(path, fact)


def _by_layers(graph: Graph, macs: Mapping[str, int]) -> Counter[str]:
    """``macs`` by the path of a module, those of modules that are part of one layer at that layer."""
    names = {node.name for node in graph.layers}
    scopes = {name.rpartition(".")[0] for name in names}
    found: Counter[str] = Counter()
    for path, count in macs.items():
        parts = path.split(".")
        around = [".".join(parts[:length]) for length in range(1, len(parts))]
        found[next((each for each in around if each in names and each not in scopes), path)] += count
    return found


def _shape_differences(graph: Graph, observed: Observed) -> Iterator[Discrepancy]:
    """Modules that return what no layer in them puts out. A module without a layer has nothing to compare."""
    sizes: dict[str, set[Sizes]] = {}
    modules = modules_of_layers(graph, observed)
    for node in graph.layers:
        path = modules[node.name]
        while path:
            sizes.setdefault(path, set()).add(node.shape.sizes)
            path = path.rpartition(".")[0]
    for path, shapes in observed.shapes.items():
        returned = shapes[0]
        if returned is None or path not in sizes:
            continue
        if not sizes[path] & _of_one_sample(returned):
            found = ", ".join(map(_shown, sorted(sizes[path])[:3]))
            yield Discrepancy(
                path, f"it returns {_shown(returned)} for {BATCH} samples, its layers in the spec {found}"
            )


def _of_one_sample(sizes: Sizes) -> set[Sizes]:
    """What ``sizes`` for BATCH samples may be for one: the batch may stand on any axis, alone or with others folded."""
    found = {sizes, sizes[1:]} if sizes[:1] == (1,) else {sizes}  # what is the same for all samples has no batch
    for axis, size in enumerate(sizes):
        folded, rest = divmod(size, BATCH)
        if not rest:
            found |= {(*sizes[:axis], *each, *sizes[axis + 1 :]) for each in ((folded,), *[()] * (folded == 1))}
    return found


def _shown(sizes: Sizes) -> str:
    return "×".join(map(str, sizes)) or "a scalar"
