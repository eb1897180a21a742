"""opaque: an op of another framework, of which the output and what it holds are known, and nothing else."""

from typing import Any

import pytest
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.ops.base.fields import FieldError
from calc.ops.opaque import Opaque
from calc.shape import Shape
from calc.spec import expand, loads
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Some op of some output, whatever arrives."""
    sizes = draw(st.lists(st.integers(1, 5), max_size=3))
    arguments: dict[str, Any] = {
        "op": draw(st.sampled_from(["aten.fft_rfft2", "com.microsoft::Gelu"])),
        "shape": sizes,
        "reason": draw(st.sampled_from(["no rule", "a kernel of our own"])),
        "tensors": draw(st.sampled_from([None, "none", "weight=3x2 mean=3:buffer scale=scalar"])),
        "dtype": draw(st.sampled_from(["float32", "int64"])),
    }
    channels = draw(st.sampled_from([None, "first", "last"])) if sizes else None
    return Drawn(arguments | {"channels": channels}, draw(st.sampled_from([(), (x,)])))


def opaque(**given: Any) -> Opaque:
    return Opaque(**{"op": "aten.fft_rfft2", "shape": (4, 7), "reason": "no rule", **given})


def test_puts_out_what_it_says() -> None:
    x = Shape((3, 8, 8), -3)
    assert opaque().output_shape((x,)) == Shape((4, 7))
    assert opaque(channels="first").output_shape((x, x)) == Shape((4, 7), -2)
    assert opaque(shape=()).output_shape((x,)) == Shape(())
    assert opaque().macs((x,), Shape((4, 7))) == ()


def test_says_what_of_it_is_not_known() -> None:
    assert opaque().unknown == {"work", "tensors"}
    assert opaque(tensors="none").unknown == {"work"}


def test_its_tensors_are_named() -> None:
    op = opaque(tensors="weight=64x3x7x7 bias=64 norm.mean=64:buffer scale=scalar")
    assert op.parameters(()) == {"weight": (64, 3, 7, 7), "bias": (64,), "scale": ()}
    assert op.buffers(()) == {"norm.mean": (64,)}
    assert [op.role_of(name) for name in op.parameters(())] == ["embedding", "bias", "embedding"]
    assert opaque(tensors="none").parameters(()) == opaque().parameters(()) == {}


@pytest.mark.parametrize("tensors", ["", "weight", "weight=", "weight=0", "weight=3x", "a=1 none", "a b=1", 3])
def test_refuses_what_names_no_tensors(tensors: Any) -> None:
    with pytest.raises(FieldError, match="must be none, or names and sizes such as weight=64x3x7x7"):
        opaque(tensors=tensors)


def test_refuses_a_tensor_that_is_named_twice() -> None:
    with pytest.raises(OpError, match="tensors names weight twice"):
        opaque(tensors="weight=3 weight=4")


@pytest.mark.parametrize("field", ["op", "reason"])
@pytest.mark.parametrize("value", ["", "5", 5, True, None, "a" * 501])
def test_refuses_what_are_no_words(field: str, value: Any) -> None:
    with pytest.raises(FieldError, match=f"{field}=.*: must be words"):
        opaque(**{field: value})


def test_words_of_a_spec_are_no_expressions() -> None:
    text = """
    name: small
    input: [3, 8, 8]
    layers:
      - opaque: {op: "com.microsoft::Gelu", shape: [4, 7], reason: $in + of our own, tensors: weight=3x2 bias=2}
      - linear: 2
    """
    graph = expand(loads(text))
    op = graph.nodes[1].op
    assert op == Opaque(op="com.microsoft::Gelu", shape=(4, 7), reason="$in + of our own", tensors="weight=3x2 bias=2")
    assert analyse(graph).totals.params == 3 * 2 + 2 + 7 * 2 + 2


def test_token_ids_go_in_and_out() -> None:
    text = """
    name: small
    input: {ids: {shape: [5], dtype: int64}, x: [5, 2]}
    layers:
      mix: {opaque: {op: a, shape: [3], reason: b, dtype: int64}, from: [ids, x]}
      table: {embedding: {num_embeddings: 9, embedding_dim: 2}}
      pick: {opaque: {op: a, shape: [3, 2], reason: b}, from: [mix, table]}
      act: relu
    """
    dtypes = [node.output.dtype for node in expand(loads(text)).nodes]
    assert dtypes == ["int64", "float32", "int64", "float32", "float32", "float32"]
    with pytest.raises(SpecError, match=r"act \(relu\): takes float32, but token ids"):
        expand(loads(text.replace("act: relu", "act: {relu: , from: mix}")))
