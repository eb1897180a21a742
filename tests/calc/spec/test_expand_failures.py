"""What is said where layers cannot be made, and at which limits; and what is left behind."""

import gc
import sys
from typing import Any

import pytest

from calc.errors import OpError
from calc.spec import expand, loads
from calc.spec.frames import Frame
from calc.spec.model import ModelSpec
from tests.calc.spec.written import graph_of, reads, refusal, text_of


def test_what_a_failed_layer_feeds_stays_silent() -> None:
    message = refusal(
        "[{linear: 3}, relu, {residual: [tanh]}, Unit, {conv2d: {out_channels: 8, kernel_size: 99}, from: input}]",
        blocks="Unit: {layers: [{linear: in}]}",
    )
    lines = [line for line in message.split("\n") if not line.startswith(" ")]
    assert len(lines) == 2
    assert ": 0 (linear): needs its channels" in lines[0]
    assert ": 4 (conv2d): a window of 99" in lines[1]


def test_one_mistake_in_a_block_is_said_once() -> None:
    message = refusal(
        "[{Unit: , repeat: 20, from: input}]",
        blocks="Unit: {layers: [{conv2d: {out_channels: 8, kernel_size: in, groups: 7}}]}",
    )
    assert message.count("groups=7 does not divide") == 1
    assert "0.0 (conv2d)" in message


def test_fifty_problems_are_shown_and_the_rest_counted() -> None:
    layers = "".join(f"- {{conv2d: {{out_channels: 8, kernel_size: {9 + i}}}, from: input}}\n" for i in range(80))
    message = refusal(layers)
    assert message.count("a window of") == 50
    assert message.endswith("\nand 30 more problems")


def test_notes_tell_calls_and_origins() -> None:
    message = refusal(
        "{stage: {Outer: {width: 7}}}",
        blocks="""
        Inner: {params: {g: 1}, layers: [{conv2d: {out_channels: 14, kernel_size: 1, groups: g}}]}
        Outer: {params: {width: }, layers: [{Inner: {g: width}}]}
        """,
    )
    lines = message.split("\n")
    assert lines[0].endswith("stage.0.0 (conv2d): groups=7 does not divide in_channels=3")
    assert lines[1].startswith("  in stage.0 (Inner) at <text>:")
    assert lines[2].startswith("  in stage (Outer) at <text>:")
    assert lines[3].startswith("  groups = g, given as width at <text>:")
    assert ", which is 7 at <text>:" in lines[3]


def test_at_most_three_calls_are_told() -> None:
    blocks = "\n".join(f"B{i}: {{layers: [B{i + 1}]}}" for i in range(6)) + "\nB6: {layers: [{linear: 3}]}"
    assert refusal("[B0]", blocks=blocks).count("  in 0.0.0") == 3


def test_nothing_left_of_branches_is_said_of_the_layer_that_has_them() -> None:
    dropped = "{relu: , when: false}"
    message = refusal(f"{{a: {{branches: {{x: {dropped}, y: {dropped}}}, merge: add}}}}")
    assert message == "<text>:5:8: a: no branch is left: when drops them all"


@pytest.mark.parametrize(
    "layer, place, word",
    [
        ("{branches: {a: {relu: , when: n}, b: tanh}, merge: add}", "7:42", "when"),
        ("{residual: [relu], shortcut_when: n}", "7:46", "shortcut_when"),
    ],
)
def test_a_condition_on_a_branch_or_a_shortcut_is_said_of_the_chain_around_it(
    layer: str, place: str, word: str
) -> None:
    assert refusal(f"{{stage: [{layer}], next: relu}}", params="{n: 3}") == (
        f"<text>:{place}: stage: {word}=3 (n): must be true or false\n  hint: write a comparison, such as i == 0"
    )


def test_what_runs_a_failed_layer_again_says_nothing_more() -> None:
    message = refusal("{a: {linear: n}, b: {again: a}, c: {relu: , from: b}}", params="{n: 0}", input="[4]")
    assert message == (
        "<text>:7:16: a (linear): out_features=0: must be a positive integer\n"
        "  out_features = n, given as 0 at <text>:5:7"
    )


def test_an_argument_of_a_block_that_is_no_expression_is_said_where_it_stands() -> None:
    message = refusal("[{U: {a: 3 +, b: 1 +}}]", blocks="U: {params: {a: , b: 2}, layers: [{linear: a * b}]}")
    lines = [line for line in message.split("\n") if not line.startswith(" ")]
    assert lines == ["<text>:7:12: '3 +' is not an expression", "<text>:7:20: '1 +' is not an expression"]


def test_bits_without_macs_are_said_of_the_layer() -> None:
    assert (
        refusal("{a: {relu: , bits: 4}}")
        == "<text>:5:8: a (relu): bits=4: no layer here has MACs or holds tensors\n  hint: remove bits:"
    )
    assert refusal("{a: {chain: [relu, tanh], bits: w4a8}}").startswith("<text>:5:8: a: bits=w4a8: no layer")


@pytest.mark.parametrize("body", ["layers: [[], B{}]", "is: B{}", "layers: [{{residual: [], shortcut: [B{}]}}]"])
def test_what_nests_too_deep_is_refused_at_the_limit(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = 1 if "shortcut" not in body else 2

    def nested(blocks: int) -> str:
        called = "".join(f"B{i}: {{{body.format(i + 1)}}}\n" for i in range(blocks - 1))
        return called + f"B{blocks - 1}: {{layers: [relu]}}\n"

    monkeypatch.setattr(sys.modules["calc.spec.walk"], "MAX_DEPTH", 1 + 5 * levels + 1)  # the network, five, the last
    assert len(graph_of("[[relu], B0]", blocks=nested(6)).nodes) >= 3
    message = refusal("[[relu], B0]", blocks=nested(7))
    fact = f"blocks and chains nest deeper than {5 * levels + 2} levels\n  hint: does a block call itself?"
    assert fact in message


def test_a_block_that_nothing_reaches_may_not_have_the_name_of_a_layer_either() -> None:
    layers = """{a: relu, wrong: {linear: 3}, '{n}': {Unit: , from: wrong, for: n, over: ["'a'"]}}"""
    message = refusal(layers, blocks="Unit: {layers: [relu]}")
    assert "wrong (linear): needs its channels" in message
    assert "a: two layers are named a; the other is at" in message


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1],), "params=[1]: must be a mapping of names to values\nsuch as {'width': 0.5}"),
        (({1: 2},), "params={1: 2}: must be a mapping of names to values\nsuch as {'width': 0.5}"),
        (({}, "3x8x8"), "input='3x8x8': must be sizes of one sample, without the batch\nsuch as (3, 224, 224)"),
        (({}, 3), "input=3: must be sizes of one sample, without the batch\nsuch as (3, 224, 224)"),
        ((["x" * 99],), f"params=['{'x' * 58}: must be a mapping of names to values\nsuch as {{'width': 0.5}}"),
    ],
)
def test_arguments_of_another_kind(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(OpError) as caught:
        expand(loads(text_of("[relu]")), *arguments)
    assert f"{caught.value.fact}\n{caught.value.hint}" == message


def test_what_is_no_spec_is_not_expanded() -> None:
    with pytest.raises(OpError) as caught:
        expand("mobilenetv2")  # type: ignore[arg-type]  # what is tested
    assert (caught.value.fact, caught.value.hint) == ("'mobilenetv2' is not a spec", "load(...) returns one")


def test_a_chain_of_nothing_but_tensors_stands_for_the_last_and_is_no_part_of_the_flow() -> None:
    graph = graph_of(
        """
        tok: {linear: 8}
        pos: {weight: {tensor: {shape: [5, 8]}}}
        sum: {add: , from: [tok, pos]}
        act: relu
        """,
        input="{shape: [5, 8], channels: last}",
    )
    assert reads(graph, "sum") == ["tok", "pos.weight"]
    assert reads(graph, "act") == ["sum"]


def test_a_network_of_nothing_but_a_tensor_hands_its_input_on() -> None:
    graph = graph_of("p: {tensor: {shape: [4]}}")
    assert list(graph.outputs.values()) == [0]


def test_a_spec_and_its_expansion_are_freed_without_the_collector() -> None:
    def alive() -> int:
        return sum([type(each) in (ModelSpec, Frame) for each in gc.get_objects()])

    gc.collect()
    collecting, before = gc.isenabled(), alive()
    gc.disable()
    try:
        graph = graph_of("[Outer]", blocks="Outer: {layers: [Unit, relu]}\nUnit: {layers: [tanh]}")
        assert len(graph.layers) == 2
        assert alive() == before
    finally:
        if collecting:
            gc.enable()
