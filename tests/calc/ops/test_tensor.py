"""tensor: a parameter or buffer of the network's own."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.counts import count
from calc.errors import OpError
from calc.model.builder import GraphBuilder
from calc.ops.base.fields import FieldError
from calc.ops.embedding import Embedding
from calc.ops.tensor import Tensor
from calc.shape import Shape
from calc.tensors import tensors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A tensor that broadcasts with ``x``, which it does not read."""
    sizes = [draw(st.sampled_from([1, size])) for size in x.sizes[draw(st.integers(0, x.rank)) :]] or [1]
    arguments = {"shape": draw(st.sampled_from([sizes, []])), "buffer": draw(st.booleans())}
    if arguments["buffer"]:
        arguments |= {"persistent": draw(st.booleans()), "dtype": draw(st.sampled_from(["float32", "int64"]))}
    channels = draw(st.sampled_from([None, "first", "last", 1])) if arguments["shape"] else None
    return Drawn(arguments if channels is None else {**arguments, "channels": channels})


def test_a_parameter_is_named_as_the_layer() -> None:
    op = Tensor(shape=[1, 768])
    assert op.output_shape(()) == Shape((1, 768))
    assert op.parameters(()) == {"": (1, 768)}
    assert op.buffers(()) == {}
    assert op.macs((), op.output_shape(())) == ()


def test_a_buffer_is_not_learnt() -> None:
    op = Tensor(shape=[49, 49], buffer=True)
    assert op.parameters(()) == {}
    assert op.buffers(()) == {"": (49, 49)}


def test_a_buffer_that_is_not_persistent_is_no_part_of_the_state_dict() -> None:
    op = Tensor(shape=[49, 49], buffer=True, persistent=False)
    assert op.parameters(()) == {}
    assert op.buffers(()) == {}


def test_a_single_number_has_no_axes() -> None:
    op = Tensor(shape=[])
    assert op.output_shape(()) == Shape(())
    assert op.parameters(()) == {"": ()}


def test_refuses_a_parameter_that_is_none() -> None:
    with pytest.raises(
        OpError, match="persistent=false leaves a buffer out of the state dict, but a parameter is always"
    ):
        Tensor(shape=[3], persistent=False)
    with pytest.raises(OpError, match="dtype=int64 is for a buffer, but a parameter is float32"):
        Tensor(shape=[3], dtype="int64")


def test_indices_are_looked_up_in_a_table() -> None:
    index = Tensor(shape=[49, 49], buffer=True, dtype="int64")
    assert index.output_dtype == "int64"
    builder, origin = GraphBuilder(), "drawn"
    builder.input("input", (3,), origin)
    rows = builder.add("index", index, (), origin)
    table = builder.add("table", Tensor(shape=[169, 3]), (), origin)
    bias = builder.add("bias", Embedding(num_embeddings=169, embedding_dim=3), (rows, table), origin)
    assert builder.nodes[bias].shape == Shape((49, 49, 3), -1)
    assert not builder.nodes[bias].batched
    graph = builder.graph("table", "", [bias])
    dtypes = {graph.nodes[each.node].name: each.tensor.dtype for each in tensors(graph, count(graph))}
    assert dtypes == {"input": "float32", "index": "int64", "table": "float32", "bias": "float32"}


def test_channels_are_declared() -> None:
    assert Tensor(shape=[197, 768], channels="last").output_shape(()) == Shape((197, 768), -1)
    assert Tensor(shape=[96, 1, 1], channels="first").output_shape(()) == Shape((96, 1, 1), -3)
    assert Tensor(shape=[96, 1, 1], channels=1).output_shape(()) == Shape((96, 1, 1), -3)


def test_refuses_channels_outside() -> None:
    with pytest.raises(OpError, match="dim=4 is outside the 4 axes"):
        Tensor(shape=[96, 1, 1], channels=4).output_shape(())


def test_refuses_an_empty_axis() -> None:
    with pytest.raises(FieldError, match=r"shape=\[0, 768\]: must be a list of positive integers"):
        Tensor(shape=[0, 768])


def test_a_vector_that_is_called_a_bias_is_one() -> None:
    vector, map_ = Tensor(shape=[96]), Tensor(shape=[12, 96])
    builder, origin = GraphBuilder(), "drawn"
    builder.input("input", (96,), origin)
    ends = [
        builder.add(name, op, (), origin)
        for name, op in {
            "attn.scale": vector,
            "attn.in_proj_bias": vector,
            "attn.sinks": vector,
            "attn.bias": map_,
        }.items()
    ]
    graph = builder.graph("biases", "", ends)
    assert [each.role for row in count(graph) for each in row.held] == ["embedding", "bias", "bias", "embedding"]
    assert [graph.nodes[each].output.role for each in ends] == ["embedding", "bias", "bias", "embedding"]
