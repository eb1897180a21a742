"""Checks for the commands that classify images, which need a network with one input and one output."""

from calc.model.graph import Graph
from verify.errors import VerifyError


def only_input(graph: Graph) -> tuple[int, ...]:
    """Return the sizes of one sample of the only input. Raises VerifyError if there are several, or for token ids."""
    sizes = graph.input_sizes
    if len(sizes) > 1:
        listed = ", ".join(sizes)
        raise VerifyError(f"{graph.model} has {len(sizes)} inputs ({listed}), but images need a network with one")
    (index,) = graph.inputs.values()
    if graph.nodes[index].output.dtype == "int64":
        raise VerifyError(f"{graph.model} takes token ids, but this command needs images or other values")
    return next(iter(sizes.values()))


def only_output(graph: Graph) -> int:
    """Return the number of elements of the only output. Raises VerifyError if there are several."""
    if len(graph.outputs) > 1:
        listed = ", ".join(graph.outputs)
        raise VerifyError(
            f"{graph.model} has {len(graph.outputs)} outputs ({listed}), but classes need a network with one"
        )
    return graph.nodes[next(iter(graph.outputs.values()))].shape.elements
