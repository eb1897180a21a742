"""What only a network of one input and one output can be used for: classifying images."""

from calc.model.graph import Graph
from verify.errors import VerifyError


def only_input(graph: Graph) -> tuple[int, ...]:
    """The sizes of one sample of the only input. Raises VerifyError where there are several."""
    sizes = graph.input_sizes
    if len(sizes) > 1:
        raise VerifyError(f"{graph.model} has {len(sizes)} inputs ({', '.join(sizes)}); an image is given to one")
    (index,) = graph.inputs.values()
    if graph.nodes[index].output.dtype == "int64":
        raise VerifyError(f"{graph.model} takes token ids, and not images or other values")
    return next(iter(sizes.values()))


def only_output(graph: Graph) -> int:
    """The elements of the only output. Raises VerifyError where there are several."""
    if len(graph.outputs) > 1:
        listed = ", ".join(graph.outputs)
        raise VerifyError(f"{graph.model} has {len(graph.outputs)} outputs ({listed}); classes are read from one")
    return graph.nodes[next(iter(graph.outputs.values()))].shape.elements
