"""Proves an import: compares the network of the spec's text with the network that was imported."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from calc.analysis import Analysis, analyse
from calc.errors import OpError, Problem, SpecError
from calc.importing.names import sayable
from calc.importing.other_sizes import first_few
from calc.importing.proof import Proof
from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, loads
from calc.spec.write import first_difference
from verify.errors import VerifyError
from verify.importers.foreign import Foreign, foreign_of
from verify.importers.load import quietly
from verify.importers.lowering import Lowered
from verify.importers.modulewise import mac_differences, shape_differences, sizes_in_words
from verify.importers.observed import observe
from verify.importers.other_sizes import differs_at
from verify.importers.outputs import Discrepancy, compare_with_foreign
from verify.importers.room import fits
from verify.importers.samples import BATCH, samples


@quietly()
def prove(lowered: Lowered, text: str, *, run: bool = True) -> Proof:
    """Compare the spec ``text`` with the network that it was imported from: layers, tensors, shapes, MACs, outputs.

    The result has every difference, with the path of its module. Outputs are not compared if the network is on the meta
    device, if it is too large for the memory, if not all of its layers are known, or if ``run`` is false. A spec that
    is equal is then tried at other sizes.
    """
    imported, foreign = lowered.imported, foreign_of(lowered.traced)
    try:
        graph = expand(loads(text, imported.source), max_layers=len(imported.graph.nodes))
    except (SpecError, OpError) as error:
        fact = f"calc refuses the spec that would be written: {str(error).splitlines()[0]}"
        return proof_of(analyse(imported.graph), imported.source, [Discrepancy("", fact)], "outputs not compared")
    analysis = analyse(graph, batch=BATCH)
    differences = [*_text_differences(imported.graph, graph), *_tensor_differences(foreign, graph)]
    is_comparable = not differences
    try:
        observed = observe(foreign, samples(graph))
        differences += [
            *mac_differences(analysis, observed, lowered.paths),
            *shape_differences(graph, observed, lowered.paths),
        ]
    except VerifyError as error:
        differences.append(Discrepancy("", error.fact))
    if not run:
        words = "outputs not run"
    elif any(each.is_meta for each in foreign.tensors.values()):
        words = "outputs not compared, because the module is on the meta device"
    elif not is_comparable:
        words = "outputs not compared"
    elif not fits(analysis.totals.params):
        words = "outputs not compared, because the network and its copy would take more than half of the memory"
    elif analysis.unknown:
        words = "outputs not compared, because not all of its layers are known"
    else:
        compared = compare_with_foreign(lowered, graph)
        words = compared.words
        differences += compared.differences
    if differences:
        differences = list(_unsayable(foreign)) or [*differences, *_hooks(foreign, differences)]
    proof = proof_of(analyse(graph), imported.source, differences, words)
    return replace(proof, remark=differs_at(lowered, text, observed)) if run and not differences else proof


def proof_of(
    analysis: Analysis, source: str, differences: Iterable[Discrepancy], words: str, foreign: str = "module"
) -> Proof:
    """Return a Proof with the counts of ``analysis``, ``differences`` as problems of ``source``, and ``words``."""
    problems = tuple([Problem(source, each.fact, "", each.path or "the network itself") for each in differences])
    totals = analysis.totals
    return Proof(len(analysis.graph.layers), totals.params, totals.macs, words, problems, foreign, analysis.at_least)


def _unsayable(foreign: Foreign) -> Iterator[Discrepancy]:
    """Yield the names in the state dict that no layer can have. Their tensors cannot be compared."""
    keys = foreign.network.state_dict()
    places = [key.split(".")[:length] for key in keys for length in range(1, key.count(".") + 2)]
    names = sorted({".".join(parts) for parts in places if sayable(parts[-1]) != parts[-1]})
    if names:
        fact = "a layer cannot have such a name: name modules with letters, digits, _ and -"
        yield Discrepancy("", f"it has {first_few(list(map(repr, names)))}, and {fact}")


def _hooks(foreign: Foreign, differences: Iterable[Discrepancy]) -> Iterator[Discrepancy]:
    """Yield the hooks on modules that differ, because a hook may be the cause of the difference."""
    modules = dict(foreign.network.named_modules())
    for path in dict.fromkeys([each.path for each in differences]):
        module = modules.get(path)
        hooks = [] if module is None else [*module._forward_pre_hooks.values(), *module._forward_hooks.values()]
        hooks = [each for each in hooks if not str(each.__module__).startswith("torch.export.")]  # those of programs
        if hooks:
            names = [getattr(each, "__qualname__", type(each).__qualname__) for each in hooks]
            yield Discrepancy(path, f"it has forward hooks, which may cause the difference: {first_few(names)}")


def _text_differences(graph: Graph, read: Graph) -> Iterator[Discrepancy]:
    found = first_difference(graph, read)
    if found:
        yield Discrepancy("", f"the spec that would be written is another network: {found}")


def _tensor_differences(foreign: Foreign, graph: Graph) -> Iterator[Discrepancy]:
    """Yield the tensors of the state dict that only one side has, or whose sizes differ. Tied tensors need one name."""
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
                yield Discrepancy(_owner(key), f"its {kind} {key} of {sizes_in_words(sizes)} is not in the spec")
            elif key in ours and ours[key] != sizes:
                yield Discrepancy(
                    _owner(key),
                    f"its {kind} {key} is {sizes_in_words(sizes)}, but {sizes_in_words(ours[key])} in the spec",
                )
        for key, sizes in ours.items():
            if key not in theirs:
                yield Discrepancy(_owner(key), f"the {kind} {key} of {sizes_in_words(sizes)} is only in the spec")


def _owner(key: str) -> str:
    """Return the path of the module that holds the tensor ``key``."""
    return key.rpartition(".")[0]
