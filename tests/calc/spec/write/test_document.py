"""Whole specs written and read again: packaged ones, drawn ones, and what stands around the layers."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.spec import expand, load, loads
from calc.spec.shelf import packaged
from calc.spec.write import Heading, heading_of, require_same, spec_text
from tests.calc.spec.written import graph_of, text_of
from tests.drawn_specs import DrawnSpec, specs
from tests.strategies import import_drawing

import_drawing()

LANGUAGE = "gemma3_1b"
"""Of the language models, whose chains repeat most, the one that the default run tries."""
ALIKE = re.compile(
    "fasterrcnn|fcn|fcos|keypointrcnn|lraspp|maskrcnn|raft|resnet1[05]|resnext|retinanet|ssdlite|swin3d|wide_resnet"
)
"""Built as others are, and large: these wait for the zoo."""
FIRST = {
    re.split("[0-9_]", name)[0]: name
    for name, path in reversed(packaged().items())
    if not ALIKE.match(name) and (path.parent.name != "language" or name == LANGUAGE)
}
"""One of each other family."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FIRST.values() else pytest.mark.zoo) for name in packaged()]
)
def test_a_packaged_spec_is_the_same_network_written_out(name: str) -> None:
    model = load(name)
    graph = expand(model)
    if any(node.resting for node in graph.nodes):
        with pytest.raises(SpecError, match="it is not run in this call"):
            spec_text(graph, heading_of(model, {}))
        return
    for flat in (True, False):
        text = spec_text(graph, heading_of(model, {}), flat=flat)
        require_same(graph, text)
        assert max(map(len, text.partition("\nlayers:")[2].splitlines())) <= 120
        assert spec_text(graph, heading_of(loads(text), {}), flat=flat) == text


@settings(max_examples=25)
@given(specs())
def test_a_drawn_spec_is_the_same_network_written_out(spec: DrawnSpec) -> None:
    graph = expand(loads(spec.text))
    require_same(graph, spec_text(graph, flat=True))
    require_same(graph, spec_text(graph))


def test_the_whole_of_a_small_one() -> None:
    model = loads(
        text_of(
            "[{conv2d: {out_channels: c, kernel_size: 3}, repeat: 2}, flatten]",
            params="{c: 4, side: 8}",
            input="[3, side, side]",
            more="source: a paper\npreprocess: {crop: side, size: side + 2}\nbudgets: {macs: 10K}\n",
        )
    )
    assert spec_text(expand(model), heading_of(model, {}, "a remark\nof two lines"), flat=True) == (
        "# a remark of two lines\n"
        "name: written\n"
        "source: a paper\n"
        "input: [3, 8, 8]\n"
        "preprocess: {crop: 8, size: 10}\n"
        "\n"
        "layers:\n"
        "  0: {conv2d: {out_channels: 4, kernel_size: 3}}\n"
        "  1: {conv2d: {out_channels: 4, kernel_size: 3}}\n"
        "  2: flatten\n"
        "\n"
        "budgets: {macs: 10K}\n"
    )
    other = heading_of(model, {"side": 6}, as_published=False)
    assert (other.preprocess, other.budgets) == ({"crop": 6, "size": 8}, None)


@pytest.mark.parametrize(
    ("input_", "written"),
    [
        ("{shape: [5, 3], channels: last}", "input: {shape: [5, 3], channels: last}\n"),
        ("{x: [3, 5], ids: {shape: [5], dtype: int64}}", "input: {x: [3, 5], ids: {shape: [5], dtype: int64}}\n"),
    ],
)
def test_inputs(input_: str, written: str) -> None:
    ids = "{embedding: {num_embeddings: 4, embedding_dim: 2}, from: ids}"
    graph = graph_of(f"{{a: relu, b: {ids if 'ids' in input_ else 'relu'}}}", input=input_)
    text = spec_text(graph)
    assert written in text
    require_same(graph, text)


def test_outputs_are_named_where_they_are_not_the_last_layer() -> None:
    for layers, output, written in (
        ("{a: relu, b: relu}", "", ""),
        ("{a: relu, b: relu}", "output: a\n", "\noutput: a\n"),
        ("{a: relu, b: relu}", "output: [b, a]\n", "\noutput: [b, a]\n"),
        ("{a: {tensor: {shape: [2]}}}", "output: [a, input]\n", "\noutput: [a, input]\n"),
    ):
        graph = expand(loads(text_of(layers, more=output)))
        text = spec_text(graph)
        assert text.partition("layers:")[2].partition("\n\n")[2] == written[1:]
        require_same(graph, text)


def test_an_output_inside_an_expert_is_refused() -> None:
    layers = "{r: {linear: 3}, m: {experts: {expert: [relu, tanh], count: 3, active: 2}, from: [input, r]}, b: relu}"
    graph = graph_of(layers, input="{shape: [5, 4], channels: last}")
    names = [node.name for node in graph.nodes]
    for inside in ("m.dispatch", "m.*.1"):
        with pytest.raises(OpError) as caught:
            spec_text(replace(graph, outputs=FrozenDict({"x": names.index(inside)})))
        assert caught.value.fact == f"the output {inside} is inside an expert"
        assert caught.value.hint == "name a layer outside the experts"
    for outside, written in (("input", "input"), ("r", "r"), ("m.combine", "m")):
        text = spec_text(replace(graph, outputs=FrozenDict({"x": names.index(outside)})))
        assert text.endswith(f"\n\noutput: {written}\n")


def test_an_input_whose_name_the_language_does_not_take_is_refused() -> None:
    graph = graph_of("[relu]")
    for name in ("shape", "channels", "dtype", "a.b", "network", "1" * 61):
        with pytest.raises(OpError) as caught:
            spec_text(replace(graph, inputs=FrozenDict({name: 0})))
        assert caught.value.fact == f"'{name[:60]}' cannot name an input"
        assert caught.value.hint == "a letter, then letters, digits and _; no word of the language"
    assert "input: {x: [3, 8, 8]}\n" in spec_text(replace(graph, inputs=FrozenDict({"x": 0})))
    two = graph_of("[{add: , from: [x, z]}]", input="{x: [3, 4], z: [3, 4]}")
    with pytest.raises(OpError, match="'shape' cannot name an input"):
        spec_text(replace(two, inputs=FrozenDict({"x": 0, "shape": 1})))


def test_the_heading() -> None:
    graph = graph_of("[relu]")
    layers = "input: [3, 8, 8]\n\nlayers:\n  - relu\n"
    assert spec_text(graph) == f"name: written\n{layers}"
    assert spec_text(graph, Heading("a\x00b")) == f"# a b\nname: written\n{layers}"
    assert spec_text(graph, Heading(unproved="no weights")) == f"name: written\nunproved: no weights\n{layers}"
    reference = replace(graph, reference="torchvision/x")
    assert spec_text(reference) == f"name: written\nreference: torchvision/x\n{layers}"
    model = loads(text_of("[{linear: c}]", params="{c: 4}", input="[8]", more="preprocess: {size: 8 / (c - 4)}\n"))
    assert heading_of(model, {"c": 8}) == Heading(preprocess={"size": 2.0})
    with pytest.raises(SpecError) as caught:
        heading_of(model, {})
    (problem,) = caught.value.problems
    assert (problem.fact, problem.place and problem.place.line) == ("'8 / (c - 4)': divides by zero: 8 / 0", 8)
