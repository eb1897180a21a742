"""A block's expansion that is copied is the one that would have been made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from calc.errors import SpecError
from calc.graph import Graph, Node
from calc.spec import ModelSpec, expand, load, loads, recordings
from calc.spec.load import packaged_specs
from tests.calc.spec.written import names, text_of

SPECS = sorted(packaged_specs().glob("*.yaml"))


@contextmanager
def _nothing_copied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recordings, "replay", lambda *_: None)
        yield


@contextmanager
def _counting() -> Iterator[list[int | None]]:
    """What each copy of an expansion came to."""
    replay, found = recordings.replay, []

    def counted(*arguments: Any) -> int | None:
        found.append(replay(*arguments))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recordings, "replay", counted)
        yield found


def _made_anew(text: str, **params: Any) -> Graph:
    with _nothing_copied():
        return expand(loads(text), params)


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_packaged_spec_is_the_same_copied(path: Path) -> None:
    with _nothing_copied():
        expected = expand(load(path))
    model = load(path)
    assert [expand(model), expand(model)] == [expected, expected]


def test_another_width_and_size_copy_what_still_holds() -> None:
    model = load("mobilenetv2")
    expand(model)
    with _counting() as copies:
        found = expand(model, {"width": 0.75}, (3, 97, 131))
    assert any(copies)
    with _nothing_copied():
        assert found == expand(load("mobilenetv2"), {"width": 0.75}, (3, 97, 131))


UNIT = "Unit: {params: {c: 4}, layers: [{conv2d: {out_channels: c, kernel_size: 1}}, relu]}"


def test_the_second_call_with_the_same_values_is_a_copy() -> None:
    text = text_of("[Unit, Unit, {Unit: 5}]", blocks=UNIT, input="[4, 6, 6]")
    with _counting() as copies:
        graph = expand(loads(text))
    assert copies == [graph.nodes.index(_named(graph, "1.1"))]
    assert graph == _made_anew(text)


def _named(graph: Graph, name: str) -> Node:
    return next(node for node in graph.nodes if node.name == name)


@pytest.mark.parametrize(
    "layers, blocks",
    [
        ("[Unit, {conv2d: {out_channels: 3, kernel_size: 1}}, Unit]", UNIT.replace("c: 4", "c: in + 1")),
        ("[{Unit: , bits: 4}, {Unit: , bits: 8}]", UNIT),
        ("[{Unit: 2}, {Unit: 2.0}]", "Unit: {params: {c: }, layers: [{add: c // 2}]}"),
        ("[{Unit: 1}, {Unit: 1.0}]", "Unit: {params: {c: }, layers: [{add: c}]}"),
        ("[{Outer: 2}, {Outer: 3}]", "Outer: {params: {c: }, layers: [{Unit: c}]}\n" + UNIT),
        ("[{Unit: relu}, {Unit: tanh}]", "Unit: {params: {act: }, layers: [$act]}"),
        ("{a: relu, b: {Unit: }, c: tanh, d: {Unit: }}", "Unit: {layers: [{add: , from: [input, a]}]}"),
        ("{b1: {Unit: }, a: tanh, b2: {Unit: }}", "Unit: {layers: [relu, {add: , from: ['0', input]}]}"),
        (
            "{a: relu, b: tanh, c: {Two: , from: [a, a]}, d: {Two: , from: [b, a]}, e: {Two: , from: [a, b]}}",
            "Two: {inputs: [x, y], layers: [{add: , from: [x, y]}, {residual: [elu]}, {subtract: , from: ['1', x]}]}",
        ),
        ("[Twice, Twice]", "Twice: {layers: [{residual: [relu]}, {residual: [tanh]}]}"),
        ("[Aux, Aux]", "Aux: {layers: {head: {flatten: , training_only: true}, act: relu}}"),
        ("[Tied, Tied]", "Tied: {layers: {a: batch_norm, b: {batch_norm: , shares: a}}}"),
        ("{a: batch_norm, b: Tied, c: Tied}", "Tied: {layers: {b: {batch_norm: , shares: a}}}"),
        ("[Empty, relu, Empty]", "Empty: {layers: []}"),
        ("[Own, Own]", "Own: {layers: {w: {tensor: {shape: [6]}}, add: {add: , from: [input, w]}}}"),
        ("{a: Name, b: Name}", "Name: {params: {c: 3}, is: {conv2d: {out_channels: c, kernel_size: 1}}}"),
        ("{a: Name, b: Name}", "Name: {is: {residual: [relu, tanh]}}"),
        ("{a: relu, w: Own, v: Own, b: tanh}", "Own: {is: {tensor: {shape: [6]}}}"),
        (
            "{b.s: {chain: [relu]}, b: Unit, c: Unit, d: {add: , from: [c.s, b]}}",
            "Unit: {layers: {x: tanh, s: {chain: []}}}",
        ),
        (
            "{g: {chain: {a: relu, o: Outer}}, h: {chain: {a: tanh, o: Outer}}}",
            "Outer: {layers: [Reader, elu]}\nReader: {layers: [{add: , from: [input, a]}]}",
        ),
        ("[{Deep: 2}, {Deep: 2}, {Mid: 2}]", "Deep: {params: {n: }, layers: [{Mid: n}]}\n"
         "Mid: {params: {n: }, layers: [{relu: , repeat: n}]}"),
    ],
)  # fmt: skip
def test_calls_that_differ_in_what_the_body_sees(layers: str, blocks: str) -> None:
    text = text_of(layers, blocks=blocks, input="[4, 6, 6]")
    expected = _made_anew(text)
    model = loads(text)
    for _ in range(3):
        found = expand(model)
        assert found == expected
        assert [repr(node.op) for node in found.nodes] == [repr(node.op) for node in expected.nodes]


@pytest.mark.parametrize(
    "blocks",
    [
        "Unit: {layers: [{conv2d: {out_channels: width, kernel_size: 1}}]}",
        "Unit: {layers: [Inner]}\nInner: {layers: [{conv2d: {out_channels: width, kernel_size: 1}}]}",
        "Unit: {params: {c: width + 1}, layers: [{conv2d: {out_channels: c, kernel_size: 1}}]}",
        "Unit: {layers: [{relu: , repeat: width}]}",
        "Unit: {layers: [{relu: , when: width > 2}, tanh]}",
        "Unit: {layers: [{residual: [relu], shortcut_when: width > 2}]}",
        "Unit: {layers: {'a{width}': relu}}",
        "Unit: {layers: [{relu: , for: x, over: range(width)}]}",
        "Unit: {params: {word: Inner}, layers: [$word]}\n"
        "Inner: {layers: [{conv2d: {out_channels: width, kernel_size: 1}}]}",
        "Unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 1}, bits: width}]}",
    ],
)
def test_a_param_of_the_spec_that_the_body_reads_is_no_constant(blocks: str) -> None:
    text = text_of("[Unit, Unit]", blocks=blocks, input="[4, 6, 6]", params="width: 2")
    model = loads(text)
    for width in (2, 3, 2, 5):
        assert expand(model, {"width": width}) == _made_anew(text, width=width)


def _refusal(model: ModelSpec) -> str:
    with pytest.raises(SpecError) as error:
        expand(model)
    return str(error.value)


@pytest.mark.parametrize(
    "layers, blocks, fact",
    [
        ("[Pool, Pool, Pool]", "Pool: {layers: [{max_pool2d: 3}, relu]}", "2.0 (max_pool2d): a window of 3"),
        ("[{Unit: 4}, {Unit: 4.0}]", UNIT, "out_channels=4.0: must be a positive integer"),
        ("{a: Unit, a.0: tanh, b: {splice: []}}", UNIT, "two layers are named a.0"),
        ("{a.0: tanh, b: Unit, a: Unit}", UNIT, "two layers are named a.0"),
    ],
)
def test_what_does_not_fit_is_said_as_if_nothing_had_been_copied(layers: str, blocks: str, fact: str) -> None:
    text = text_of(layers, blocks=blocks, input="[4, 9, 9]")
    with _nothing_copied():
        expected = _refusal(loads(text))
    model = loads(text)
    assert fact in expected
    assert [_refusal(model), _refusal(model)] == [expected, expected]


def test_a_dotted_name_in_the_way_of_a_copy_keeps_what_was_there() -> None:
    """The second block cannot be copied over the scope that stands there; nothing of the attempt stays."""
    text = text_of("{a: {chain: [{Unit: }]}, b.0.0: tanh, b: {chain: [Unit]}}", blocks=UNIT, input="[4, 9, 9]")
    with _nothing_copied():
        expected = _refusal(loads(text))
    assert _refusal(loads(text)) == expected


def test_recordings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "MOST_KEPT", 5)
    text = text_of("[{Unit: n}]", blocks=UNIT, input="[4, 6, 6]", params="n: 1")
    model = loads(text)
    for n in range(1, 30):
        assert names(expand(model, {"n": n})) == ["0.0", "0.1"]
        assert len(model.blocks["Unit"].recordings) <= 5


def test_a_copy_counts_its_steps() -> None:
    blocks = "Ten: {layers: [{relu: , when: false, repeat: 10}]}\nMore: {layers: [{Ten: , repeat: 1000}]}"
    text = text_of("[{More: , repeat: 1000}]", blocks=blocks, input="[4, 6, 6]")
    assert "more than 200000 steps" in _refusal(loads(text))


def test_a_recording_that_is_wrong_is_seen() -> None:
    """The checks above can fail: a copy that drops a layer."""
    keep: Callable[..., None] = recordings.keep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            recordings, "keep", lambda b, k, r: keep(b, k, r._replace(layers=r.layers[:1], output=0, scopes=()))
        )
        model = load("mobilenetv2")
        assert expand(model) != _fresh("mobilenetv2")


def _fresh(name: str) -> Graph:
    with _nothing_copied():
        return expand(load(name))
