"""Whole specs for the property tests: ops among residuals, branches, blocks and repeats, one inside another."""

import json
from typing import Any, NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

from calc.shape import Shape
from tests.drawn_layers import SHAPELESS, Writer
from tests.drawn_parts import Document
from tests.spec_features import FEATURES, features, words
from tests.strategies import BUILT, input_shapes


class DrawnSpec(NamedTuple):
    """A spec as YAML text (JSON is YAML), the words of the ops in it, and what else it has of tests.spec_features."""

    text: str
    words: frozenset[str]
    features: frozenset[str]


@st.composite
def specs(draw: st.DrawFn, word: str | None = None) -> DrawnSpec:
    """A whole spec in which ``word`` stands (any, if None), among other layers."""
    word = word or draw(st.sampled_from(BUILT))
    shape = draw(input_shapes())
    writer = Writer(Document(draw), shape, "input")
    if word not in SHAPELESS:
        writer.fill(0, 1)
    if not writer.op(word):  # what arrived does not suit: other inputs, and nothing before it
        shape, writer = _starting_with(draw, word)
    writer.fill(1, 4)
    return _drawn(shape, word, writer)


@st.composite
def single_layers(draw: st.DrawFn, word: str) -> DrawnSpec:
    """A spec of one layer ``word``, and of the tensors that it reads besides the input."""
    shape, writer = _starting_with(draw, word)
    return _drawn(shape, word, writer)


def _starting_with(draw: st.DrawFn, word: str) -> tuple[Shape, Writer]:
    """An input that ``word`` can follow, and the chain that begins with it."""
    for _ in range(12):
        shape = draw(input_shapes())
        writer = Writer(Document(draw), shape, "input")
        if writer.op(word):
            return shape, writer
    assume(False)
    raise AssertionError("assume has raised")


def _drawn(shape: Shape, word: str, writer: Writer) -> DrawnSpec:
    document, first = writer.document, _input(shape, word)
    blocks = _called(writer.members, document.blocks)
    text = json.dumps([writer.members, blocks])
    others = {name: given for name, given in document.inputs.items() if f'"{name}"' in text}
    inputs = {"first": first, **others} if others else first
    spec: dict[str, Any] = {"name": "drawn", "input": inputs, "blocks": blocks, "layers": writer.members}
    if len(writer.ops) > 1 and document.draw(st.booleans()):
        outputs = st.lists(st.sampled_from(writer.ops), min_size=1, max_size=3, unique=True)
        spec["output"] = document.draw(outputs)
    return DrawnSpec(json.dumps(spec), words(spec), features(spec))


@st.composite
def specs_with(draw: st.DrawFn, feature: str) -> DrawnSpec:
    """A whole spec that has ``feature``, which is one of FEATURES."""
    among = FEATURES[feature]
    for _ in range(10):
        spec = draw(specs(draw(st.sampled_from(among)) if among else None))
        if feature in spec.features:
            return spec
    assume(False)
    raise AssertionError("assume has raised")


def _called(layers: Any, blocks: dict[str, Any]) -> dict[str, Any]:
    """Those of ``blocks`` that ``layers`` need; a chain that was given up may have left others behind."""
    found: dict[str, Any] = {}
    waiting = [json.dumps(layers)]
    while waiting:
        text = waiting.pop()
        for name, block in blocks.items():
            if f'"{name}"' in text and name not in found:
                found[name] = block
                waiting.append(json.dumps(block))
    return found


def _input(shape: Shape, word: str) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": list(shape.sizes), "channels": "last" if shape.channel_axis == -1 else "first"}
    if word in SHAPELESS:
        found["dtype"] = "int64"
    return found
