"""Whether a spec that takes other sizes is the foreign network there too: code reads sizes, which specs hold fixed."""

from collections.abc import Callable

from torch.export import ExportedProgram

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.model.graph import Graph
from calc.model.inputs import input_option
from calc.spec import expand, loads
from calc.spec.model import ModelSpec
from calc.spec.write import only_at, other_sizes
from verify.errors import VerifyError
from verify.importers.foreign import foreign_of
from verify.importers.lowering import Lowered
from verify.importers.modulewise import mac_differences, of_one_sample, shape_differences
from verify.importers.observed import Observed, observe
from verify.importers.samples import BATCH, samples
from verify.measure.errors import MeasureError

_LONGER = ((2).__mul__, (3).__mul__)
_MOST_NAMED = 3


def differs_at(lowered: Lowered, text: str, observed: Observed) -> str:
    """At which sizes alone the spec ``text`` is the foreign network, though it takes others; empty where none is known.

    ``holds at 3x64x64 only: at 3x128x128 the module differs in head``. ``observed``: the network at its own sizes.
    Tried are inputs that are twice as long, or three times where the spec takes no such, and then longer by one; on
    tensors without values, so that MACs and shapes are compared. A saved program has no code that could read sizes.
    """
    own = lowered.imported.graph
    if isinstance(lowered.traced.loaded.module, ExportedProgram) or only_at(own, text):
        return ""
    model = loads(text, "<written>")
    are_comparable = _returns_as(lowered, own, observed)
    holds = [input_option(own.input_sizes)]
    longer = next((graph for change in _LONGER if (graph := _at(model, own, change))), None)
    for graph in (longer, _at(model, own, (1).__add__)):
        if graph is None:
            continue
        sizes = input_option(graph.input_sizes)
        fact = _difference(lowered, graph, are_comparable)
        if fact:
            where = f"{holds[0]} only" if len(holds) == 1 else f"{' and '.join(holds)}, and not at all others"
            return f"holds at {where}: at {sizes} {fact}"
        holds.append(sizes)
    return ""


def _at(model: ModelSpec, own: Graph, change: Callable[[int], int]) -> Graph | None:
    """The spec ``model`` at changed sizes of the input; None where it takes none, or has none to change."""
    sizes = other_sizes(own, change)
    if sizes == own.input_sizes:
        return None
    try:
        return expand(model, input=sizes, max_layers=len(own.nodes))
    except (SpecError, OpError):
        return None


def _difference(lowered: Lowered, graph: Graph, are_comparable: bool) -> str:
    """What is not the same in the foreign network at the sizes of ``graph``, in words."""
    try:
        observed = observe(foreign_of(lowered.traced), samples(graph))
    except (VerifyError, MeasureError):
        return "the module fails"
    analysis = analyse(graph, batch=BATCH)
    found = [each.path for each in (*mac_differences(analysis, observed), *shape_differences(graph, observed))]
    if are_comparable and not found and not _returns_as(lowered, graph, observed):
        found = [""]
    paths = list(dict.fromkeys([path or "the network itself" for path in found]))
    more = len(paths) - _MOST_NAMED
    named = ", ".join(paths[:_MOST_NAMED]) + (f", and {more} more" if more > 0 else "")
    return f"the module differs in {named}" if paths else ""


def _returns_as(lowered: Lowered, graph: Graph, observed: Observed) -> bool:
    """Whether every tensor that the foreign network returns has the sizes that ``graph`` says."""
    ours = [graph.nodes[value.node].shape.sizes for value in lowered.outputs]
    return len(ours) == len(observed.returned) and all(
        sizes in of_one_sample(returned) for sizes, returned in zip(ours, observed.returned, strict=True)
    )
