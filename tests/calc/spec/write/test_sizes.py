"""Whether a written spec takes other sizes, and what is said where it does not."""

import pytest

from calc.spec import loads
from calc.spec.write import longer_on_one_axis, noted, only_at, spec_text
from tests.calc.spec.written import graph_of


@pytest.mark.parametrize(
    ("layers", "input_", "said"),
    [
        ("[{conv2d: {out_channels: 8, kernel_size: 3}}, relu]", "[3, 8, 8]", ""),
        ("[flatten, {linear: 4}]", "[3, 8, 8]", ""),  # the linear grows, as it does in the language
        ("[{reshape: [3, 64]}]", "[3, 8, 8]", "holds at 3x8x8 only: reshape at 0"),
        ("[{reshape: [0, -1]}]", "[3, 8, 8]", ""),
        ("[{linear: 4}]", "{shape: [3], channels: last}", ""),  # no axis but that of the channels
        ("[{reshape: [6, 4]}]", "{shape: [8, 3], channels: last}", "holds at 8x3 only: reshape at 0"),
        ("[{embedding: {num_embeddings: 5, embedding_dim: 4}}]", "{shape: [8], dtype: int64}", ""),
        ("{e: {embedding: {num_embeddings: 5, embedding_dim: 4}}, r: {reshape: [32]}}", "{shape: [8], dtype: int64}",
         "holds at 8 only: reshape at r"),
        ("{a: {add: , from: [x, y]}, r: {reshape: [192]}}", "{x: [3, 8, 8], y: [3, 8, 8]}",
         "holds at x=3x8x8 y=3x8x8 only: reshape at r"),
        ("{a: {reshape: [192]}, b: {reshape: [192], from: input}, c: {reshape: [192], from: input},"
         " d: {reshape: [192], from: input}, e: {add: , from: [a, b, c, d]}}", "[3, 8, 8]",
         "holds at 3x8x8 only: reshape at a, reshape at b, reshape at c, and 1 more"),
    ],
)  # fmt: skip
def test_what_holds_at_one_size_only(layers: str, input_: str, said: str) -> None:
    graph = graph_of(layers, input=input_)
    assert only_at(graph, spec_text(graph)) == said


def test_three_times_the_size_may_fit_where_twice_does_not() -> None:
    layers = "[{select: {dim: 2, index: 0}}, {slice: {dim: 1, end: 1}}, {reshape: [-1, 3]}]"
    graph = graph_of(layers, input="[3, 9, 9]")
    assert only_at(graph, spec_text(graph)) == ""


def test_an_axis_may_change_alone_where_the_tensors_of_the_network_stay_the_same() -> None:
    layers = "{w: {tensor: [4, 3]}, x: {select: {dim: 1, index: 0}, from: input}, y: {linear: 4, from: [x, w]}}"
    graph = graph_of(layers, input="[5, 3]")  # the first of five turns, on three features
    text = spec_text(graph)
    assert only_at(graph, text) == ""
    found = longer_on_one_axis(graph, loads(text), (2).__mul__)
    assert [each.input_sizes for each in found] == [{"input": (10, 3)}]


def test_a_note_is_the_second_comment() -> None:
    assert noted("# one\nname: x\n", "two") == "# one\n# two\nname: x\n"
    assert noted("name: x\n", "a\nb") == "# a b\nname: x\n"
