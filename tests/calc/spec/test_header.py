"""What a spec says before its layers, where it is refused."""

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.spec import expand, loads
from calc.spec.header import MAX_TEXT
from calc.spec.write import spec_text


def refusal(head: str) -> str:
    """What is said about a spec that begins with ``head``, which has what else it needs."""
    rest = {"name": "name: a\n", "input": "input: [3]\n", "layers": "layers: [relu]\n"}
    needed = "".join(text for key, text in rest.items() if f"{key}:" not in head)
    with pytest.raises(SpecError) as caught:
        loads(head + "\n" + needed)
    return str(caught.value).replace("<text>:", "")


@pytest.mark.parametrize("key", ["name", "source", "reference"])
def test_texts(key: str) -> None:
    assert loads(f"{key}: {'x' * MAX_TEXT}\n" + "".join(
        line for line in ("name: a\n", "input: [3]\n", "layers: [relu]\n") if not line.startswith(key)
    ))  # fmt: skip
    long = f"1:{len(key) + 3}: {key} has 501 characters, but at most 500 are allowed"
    assert refusal(f"{key}: {'x' * 501}") == long
    for other in ("[a]", "{a: b}", "true", "null", "''"):
        assert refusal(f"{key}: {other}") == f"1:{len(key) + 3}: {key} must be text"


SHAPE = "\n  hint: input: {shape: [197, 768], channels: last}"
SIZES = "\n  hint: input: [3, 224, 224]"


@pytest.mark.parametrize(
    "head, message",
    [
        ("input: {channels: last}", "1:8: input needs shape:" + SHAPE),
        ("input: {image: {dtype: int64}}", "1:16: the input image needs shape:" + SHAPE),
        ("input: 3", "1:8: input must be a list of sizes without the batch" + SIZES),
        ("input: []", "1:8: input must be a list of sizes without the batch" + SIZES),
        ("input: {shape: 3}", "1:16: input must be a list of sizes without the batch" + SIZES),
        ("input: {shape: [3], dtype: [int64]}", "1:28: dtype must be float32 or int64"),
        ("input: {shape: [3], channels: lst}", "1:31: channels must be first or last\n  hint: did you mean last?"),
        ("input: [3 +]", "1:9: '3 +' is not an expression"),
        (
            "output: [[a]]",
            "1:10: output takes the name of a layer, or a list of names\n  hint: output: [boxes, scores]",
        ),
        ("output: []", "1:9: output names no layer\n  hint: leave output: out to take the output of the last layer"),
        ("output: ['0', '0']", "1:15: the output 0 is named twice; the other is at 1:10"),
        ("claims: {a: 1}", "1:9: claims must be a list"),
        ("budgets: [1]", "1:10: budgets must be a mapping"),
        ("preprocess: [1]", "1:13: preprocess must be a mapping"),
        ("preprocess: {crop: 3, siz: 4}", "1:23: unknown key siz in preprocess\n  hint: did you mean size?"),
        ("nam: b", "1:1: unknown key nam\n  hint: did you mean name?"),
        (
            "uses: [a.yaml]",
            "1:7: uses must be a mapping of block names to specs\n  hint: uses: {ResNet50: resnet50.yaml}",
        ),
        ("params: [a]", "1:9: params must be a mapping of names to defaults\n  hint: params: {width: 1.0, out: }"),
        ("blocks: [A]", "1:9: blocks must be a mapping of names to blocks"),
    ],
)
def test_what_is_refused(head: str, message: str) -> None:
    said = refusal(head)
    assert said == message or (message.endswith("is not an expression") and said.startswith(message))


@pytest.mark.parametrize(
    "text, missing",
    [
        ("name: a", "input: and layers:"),
        ("input: [3]", "name: and layers:"),
        ("layers: [relu]", "name: and input:"),
        ("source: b", "name: and input: and layers:"),
    ],
)
def test_what_a_spec_needs(text: str, missing: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(text)
    assert str(caught.value) == f"<text>:1:1: needs {missing}\n  hint: a spec has at least name, input, layers"


def test_an_input_may_be_one_number_in_each_sample() -> None:
    text = """name: a
input: {x: [3], t: {shape: []}, user: {shape: [], dtype: int64}}
layers:
  step: {unsqueeze: {dim: 1}, from: t}
  who: {embedding: {num_embeddings: 10, embedding_dim: 4}, from: user}
  all: {concat: , from: [x, step, who]}
  fc: {linear: 2}
"""
    graph = expand(loads(text))
    assert [node.shape.sizes for node in graph.nodes] == [(3,), (), (), (1,), (4,), (8,), (2,)]
    assert analyse(graph).totals.params == 10 * 4 + (3 + 1 + 4) * 2 + 2
    assert expand(loads(spec_text(graph))).input_sizes == {"x": (3,), "t": (), "user": ()}
