"""Every check of a layer is made by the builder, for whoever calls it, and says where the layer comes from."""

from typing import Any, NamedTuple

import pytest

from calc.errors import OpError, Place, SpecError
from calc.model.builder import MAX_FULL_NAME, GraphBuilder, output_shape
from calc.model.graph import Graph
from calc.model.tensor import Tensor
from calc.ops import op_class
from calc.ops.base import Op
from calc.ops.base.fields import Positive
from calc.shape import Shape, Shapes


class ModulePath(NamedTuple):
    """An origin as an importer of modules would have it."""

    path: str

    def __str__(self) -> str:
        return f"module {self.path}"


class OnnxNode(NamedTuple):
    """An origin as an importer of ONNX would have it."""

    file: str
    node: str

    def __str__(self) -> str:
        return f"{self.file}, node {self.node}"


ORIGINS = [
    (Place("net.yaml", 4, 3), "net.yaml:4:3"),
    (ModulePath("net.features"), "module net.features"),
    (OnnxNode("net.onnx", "/features/Conv"), "net.onnx, node /features/Conv"),
]


def started(*sizes: int, dtype: Any = "float32") -> GraphBuilder:
    builder = GraphBuilder()
    builder.input("input", sizes, Place("net.yaml", 1, 1), dtype=dtype)
    return builder


def add(builder: GraphBuilder, name: str, word: str, inputs: tuple[int, ...], origin: Any = None, **more: Any) -> int:
    layer = {key: more.pop(key) for key in ("shares", "training_only") if key in more}
    return builder.add(name, op_class(word)(**more), inputs, origin or ModulePath(name), **layer)


def refusal(builder: GraphBuilder, *arguments: Any, **more: Any) -> str:
    nodes = list(builder.nodes)
    with pytest.raises(SpecError) as caught:
        add(builder, *arguments, **more)
    assert builder.nodes == nodes
    return str(caught.value)


@pytest.mark.parametrize("origin, printed", ORIGINS)
def test_what_is_wrong_begins_with_the_origin_whatever_that_is(origin: Any, printed: str) -> None:
    said = refusal(started(3, 8, 8), "features", "max_pool2d", (0,), origin, kernel_size=9)
    assert said.startswith(f"{printed}: features (max_pool2d): a window of 9 ")


def test_arity() -> None:
    builder = started(3, 8, 8)
    assert "a (relu): takes 1 input (x), got 2" in refusal(builder, "a", "relu", (0, 0))
    assert "its inputs: input (3×8×8), input (3×8×8)" in refusal(builder, "a", "relu", (0, 0))
    assert "takes at least 1 inputs (xs), got 0" in refusal(builder, "a", "concat", ())
    assert "takes 1 to 3 inputs (q, k, v), got 4" in refusal(
        builder, "a", "multihead_attention", (0, 0, 0, 0), num_heads=1
    )


def test_dtypes() -> None:
    tokens, pixels = started(8, dtype="int64"), started(8)
    assert "takes float32, but token ids" in refusal(tokens, "a", "relu", (0,))
    table = {"num_embeddings": 5, "embedding_dim": 4}
    assert "takes token ids (int64), but float32 arrives" in refusal(pixels, "a", "embedding", (0,), **table)
    flat = add(tokens, "flat", "flatten", (0,), start_dim=1)
    vectors = add(tokens, "vectors", "embedding", (flat,), **table)
    assert [tokens.nodes[index].output.dtype for index in (0, flat, vectors)] == ["int64", "int64", "float32"]
    assert "joins token ids (int64) with float32" in refusal(tokens, "a", "concat", (flat, vectors))


def test_whole_messages() -> None:
    builder = started(3, 8, 8)
    tokens = builder.input("tokens", (4,), ModulePath("tokens"), dtype="int64")
    low = add(builder, "low", "max_pool2d", (0,), kernel_size=2)
    two = "\n  its inputs: input (3×8×8), low (3×4×4)"
    assert refusal(builder, "a", "concat", (0, low)).split("\n")[1:] == two.split("\n")[1:]
    assert refusal(builder, "a", "relu", (0, low)) == (
        f"module a: a (relu): takes 1 input (x), got 2{two}\n  hint: name its inputs with from:"
    )
    assert refusal(builder, "a", "relu", (tokens,)) == (
        "module a: a (relu): takes float32, but token ids (int64) arrive\n  hint: an embedding turns them into vectors"
    )
    assert refusal(builder, "a", "embedding", (0,), num_embeddings=5, embedding_dim=4) == (
        "module a: a (embedding): takes token ids (int64), but float32 arrives\n"
        "  hint: input: {shape: [tokens], dtype: int64} makes the input token ids"
    )
    assert refusal(builder, "a", "embedding", (tokens, tokens), num_embeddings=5, embedding_dim=4).startswith(
        "module a: a (embedding): its weight takes float32, but token ids (int64) arrive\n"
    )
    assert refusal(builder, "low", "relu", (0,), ModulePath("low")) == (
        "module low: low (relu): two layers are named low; the other is at module low\n"
        "  hint: a repeated layer needs the index in its name: name{i}"
    )
    assert refusal(builder, "low", "relu", (0,), ModulePath("b")) == (
        "module b: low (relu): two layers are named low; the other is at module low"
    )
    conv = add(builder, "conv", "conv2d", (0,), out_channels=2, kernel_size=1)
    assert refusal(builder, "a", "conv2d", (conv,), out_channels=3, kernel_size=1, shares=low) == (
        "module a: a (conv2d): shares low (max_pool2d), which has no tensors; its own would be weight 3×2×1×1, bias 3"
    )


def test_a_layer_may_have_a_name_of_five_hundred_characters() -> None:
    builder = started(3, 8, 8)
    made = add(builder, "n" * MAX_FULL_NAME, "relu", (0,))
    assert builder.find("n" * MAX_FULL_NAME) == made
    assert builder.find("n") is None


def test_of_many_inputs_fifty_are_named() -> None:
    builder = started(3, 8, 8)
    assert refusal(builder, "a", "relu", (0,) * 60).count("input (3×8×8)") == 50


def test_names() -> None:
    builder = started(3, 8, 8)
    add(builder, "a", "relu", (0,))
    assert "two layers are named a; the other is at module a" in refusal(builder, "a", "tanh", (0,), ModulePath("b"))
    assert "two layers are named input" in refusal(builder, "input", "tanh", (0,))
    assert "needs the index in its name" in refusal(builder, "a", "tanh", (0,), ModulePath("a"))
    long = refusal(builder, "n" * (MAX_FULL_NAME + 1), "tanh", (0,), ModulePath("a"))
    assert f"a name of {MAX_FULL_NAME + 1} characters, but at most {MAX_FULL_NAME} are allowed" in long
    assert len(long) < 300


def test_sizes() -> None:
    builder = started(3, 8)
    large = add(builder, "large", "tensor", (), shape=[2**30, 2**30, 2**3])
    assert builder.nodes[large].shape.elements == 2**63
    said = refusal(builder, "larger", "tensor", (), shape=[2**30, 2**30, 2**4])
    assert f"larger (tensor): the output would have {2**64} elements on 3 axes" in said
    with pytest.raises(OpError, match="takes 1 input"):
        output_shape(op_class("relu")(), ())


def test_ties() -> None:
    builder = started(4, 8, 8)
    a = add(builder, "a", "conv2d", (0,), out_channels=4, kernel_size=3)
    b = add(builder, "b", "conv2d", (a,), out_channels=4, kernel_size=3, shares=a)
    c = add(builder, "c", "conv2d", (b,), out_channels=4, kernel_size=3, shares=b)
    assert [builder.nodes[index].shares for index in (a, b, c)] == [None, a, a]
    said = refusal(builder, "d", "conv2d", (c,), out_channels=4, kernel_size=1, shares=a)
    assert "shares a (conv2d), which has weight 4×4×3×3, bias 4; its own would be weight 4×4×1×1, bias 4" in said


def test_a_layer_that_is_not_run_is_built_for_a_map_that_it_fits() -> None:
    builder = started(4, 3, 3)
    assert "a window of 5" in refusal(builder, "aux", "avg_pool2d", (0,), kernel_size=5)
    pooled = add(builder, "aux", "avg_pool2d", (0,), kernel_size=5, training_only=True)
    assert builder.nodes[pooled].shape == Shape((4, 1, 1), -3)  # 6 // 5: twice as large is large enough
    flat = add(builder, "flat", "flatten", (pooled,), training_only=True)
    assert "its tensors depend on the size" in refusal(
        builder, "fc", "linear", (flat,), out_features=2, training_only=True
    )


def test_several_inputs_and_outputs() -> None:
    builder = started(3, 8, 8)
    text = builder.input("text", (77,), ModulePath("text"), dtype="int64")
    image = add(builder, "image", "flatten", (0,))
    words = add(builder, "words", "embedding", (text,), num_embeddings=9, embedding_dim=2)
    graph = builder.graph("two", "two.py", [image, words])
    assert isinstance(graph, Graph)
    assert graph.inputs == {"input": 0, "text": 1}
    assert graph.outputs == {"image": 2, "words": 3}
    assert graph.nodes[text].output == Tensor(Shape((77,), -1), "int64", "input")
    with pytest.raises(ValueError, match="the input late comes after a layer"):
        builder.input("late", (3,), ModulePath("late"))


def test_an_input_that_cannot_be() -> None:
    with pytest.raises(SpecError, match=r"^net\.yaml:1:1: input shape=\[3, 0\]: must be a list of positive integers"):
        started(3, 0)
    builder = started(3, 8)
    with pytest.raises(SpecError, match="two layers are named input"):
        builder.input("input", (3,), ModulePath("x"))


def test_what_a_tensor_is_to_the_network() -> None:
    builder = started(3, 8)
    weight = add(builder, "weight", "tensor", (), shape=[3, 8])
    mask = add(builder, "mask", "tensor", (), shape=[3, 8], buffer=True)
    made = add(builder, "sum", "add", (weight, mask))
    nodes = builder.nodes
    assert [nodes[index].output.role for index in (0, weight, mask, made)] == [
        "input", "embedding", "buffer", "activation",
    ]  # fmt: skip
    assert [nodes[index].batched for index in (0, weight, mask, made)] == [True, False, False, False]
    assert nodes[add(builder, "both", "add", (0, made))].batched


def test_one_op_puts_out_what_follows_from_each_of_its_inputs() -> None:
    builder, pool = started(3, 4, 4), op_class("avg_pool2d")(kernel_size=3)
    shapes = [builder.nodes[builder.add(f"pool{i}", pool, (0,), ModulePath("pool"))].shape for i in range(2)]
    assert shapes == [Shape((3, 1, 1), -3)] * 2  # 4 // 3 = 1
    unrun = builder.add("unrun", pool, (1,), ModulePath("unrun"), training_only=True)
    assert builder.nodes[unrun].shape == Shape((3, 1, 1), -3)
    with pytest.raises(SpecError, match="a window of 3"):  # what is run has to fit, though the same op was added
        builder.add("run", pool, (1,), ModulePath("run"))


class Nothing(Op):
    """What no op of ours may put out."""

    word = "nothing"
    no_macs = "it is a test"

    axes: Positive = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        return Shape((0,)) if self.axes == 1 else Shape((2,) * self.axes)


@pytest.mark.parametrize(
    "axes, said",
    [
        (1, "the output would be 0"),
        (65, f"the output would have {2**65} elements on 65 axes"),
        (64, f"the output would have {2**64} elements on 64 axes"),
    ],
)
def test_an_output_that_cannot_be(axes: int, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        started(3).add("a", Nothing(axes=axes), (0,), ModulePath("a"))
    assert str(caught.value) == f"module a: a (nothing): {said}"
    assert started(3).add("a", Nothing(axes=63), (0,), ModulePath("a")) == 1
