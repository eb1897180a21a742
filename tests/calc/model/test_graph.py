"""A graph's own tables: shapes that arrive, tensors by state-dict key, widths as text."""

from dataclasses import FrozenInstanceError

import pytest

from calc.model.graph import Bits, buffers, parameters
from calc.shape import Shape
from tests.calc.graphs import Draft


def test_tensors_by_state_dict_key() -> None:
    draft = Draft(3, 8, 8)
    draft.add("stem.0", "conv2d", out_channels=16, kernel_size=3, groups=1)
    draft.add("stem.1", "batch_norm")
    draft.add("act", "relu")
    draft.add("token", "tensor", (), shape=[16, 1, 1])
    graph = draft.graph()
    assert parameters(graph) == {
        "stem.0.weight": (16, 3, 3, 3),
        "stem.0.bias": (16,),
        "stem.1.weight": (16,),
        "stem.1.bias": (16,),
        "token": (16, 1, 1),
    }
    assert buffers(graph) == {
        "stem.1.running_mean": (16,),
        "stem.1.running_var": (16,),
        "stem.1.num_batches_tracked": (),
    }


def test_shapes_arrive_in_the_order_of_the_inputs() -> None:
    draft = Draft(3, 8, 8)
    wide = draft.add("wide", "conv2d", out_channels=5, kernel_size=1)
    joined = draft.add("joined", "concat", (wide, 0))
    graph = draft.graph()
    assert graph.input_sizes == {"input": (3, 8, 8)}
    assert graph.input_shapes(graph.nodes[joined]) == (Shape((5, 8, 8), -3), Shape((3, 8, 8), -3))


def test_a_graph_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Draft(3, 8, 8).graph().outputs = {}  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("bits, text", [(Bits(8, 8), "8"), (Bits(4, 8), "w4a8")])
def test_bits_in_words(bits: Bits, text: str) -> None:
    assert str(bits) == text
