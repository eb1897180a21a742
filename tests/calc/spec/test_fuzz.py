"""Whatever is written, loading and expanding ends in a graph or in a SpecError whose every line can be read."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc.counts import count
from calc.errors import SpecError
from calc.spec import dumps, expand, loads
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import STRUCTURES, TOP_KEYS
from calc.spec.shelf import packaged_specs
from calc.spec.source import parse
from calc.spec.tree import plain

few = settings(max_examples=40)


def written(tree: Any) -> str:
    """``tree`` as YAML; None is nothing."""
    return json.dumps(tree).replace("null", "~")


def outcome(text: str) -> str:
    """What is said about ``text``, empty if it is a network; anything but a SpecError escapes."""
    try:
        spec = loads(text)
        graph = expand(spec)
    except SpecError as error:
        return readable(error)
    count(graph)
    assert loads(dumps(spec)) == spec
    return ""


def readable(error: SpecError) -> str:
    """The message of ``error``: something is said, and no line of it drives a terminal or fills it."""
    assert error.problems
    assert all(problem.fact for problem in error.problems)
    lines = str(error).split("\n")
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 2000
    return str(error)


# Mutants of a good spec: any node deleted, replaced, doubled or moved

GOOD = ["mobilenetv2", "seed_notebook", "googlenet", "swin_t"]
TREES = {name: plain(parse((packaged_specs() / f"{name}.yaml").read_bytes(), name)) for name in GOOD}
TREES = {name: tree for name, tree in TREES.items() if "extends" not in tree}

ODD = [
    None,
    True,
    False,
    0,
    -1,
    3,
    10**17,
    0.5,
    float(10**17),
    "",
    "in",
    "i",
    "relu",
    "conv2d",
    "ConvBNReLU6",
    "$act",
    "residual",
    "same",
    "a b",
    "1 +",
    "in // 0",
    "'text'",
    "in * in * in * in * in",
    "[1, 2]",
    "range(9999)",
    "{a}",
    "\x1b[2J",
    "=cmd()",
    "[red]",
    "input",
    [],
    {},
    [[]],
    [{}],
    [1],
    ["relu"],
    {"relu": None},
    {"a": "relu"},
    {"a": {"b": {"c": "relu"}}},
    {"conv2d": {"out_channels": 3, "kernel_size": 1}},
    {"tensor": {"shape": [3]}},
    {"branches": [[], []], "merge": "add"},
    {"residual": []},
    {"splice": ["relu"]},
]
KEYS = sorted(
    {*MODIFIERS, *STRUCTURES, *TOP_KEYS, "shortcut", "merge", "is", "inputs", "relu", "A", "a", "", "0", "<<", "a.b"}
)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every node of ``tree`` but its root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    """The node at ``path``."""
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A good tree with one to three nodes changed."""
    tree = copy.deepcopy(TREES[draw(st.sampled_from(sorted(TREES)))])
    for _ in range(draw(st.integers(1, 3))):
        every = list(paths(tree))
        if not every:
            return tree
        path = every[draw(st.integers(0, len(every) - 1))]
        parent, key = at(tree, path[:-1]), path[-1]
        kind = draw(st.sampled_from(["delete", "replace", "move", "double", "key", "wrap"]))
        if kind == "delete":
            del parent[key]
        elif kind == "replace":
            parent[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif kind == "move":
            parent[key] = copy.deepcopy(at(tree, every[draw(st.integers(0, len(every) - 1))]))
        elif kind == "wrap":
            parent[key] = draw(st.sampled_from([[parent[key]], {"a": parent[key]}, {"chain": parent[key]}]))
        elif kind == "double" and isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = copy.deepcopy(parent[key])
    return tree


@few
@given(mutants())
def test_mutants_of_good_specs(tree: Any) -> None:
    outcome(written(tree))


@pytest.mark.parametrize("name", sorted(TREES))
def test_the_specs_themselves_are_good(name: str) -> None:
    assert outcome(written(TREES[name])) == ""


PART = 4
"""Into so many the places of the spec below are parted; the default run tries one of them, another for each value."""


@pytest.mark.parametrize("part", [pytest.param(part, marks=pytest.mark.zoo if part else ()) for part in range(PART)])
@pytest.mark.parametrize("odd", range(len(ODD)))
def test_every_place_of_a_small_spec(odd: int, part: int) -> None:
    """Each node of a spec that holds every construct, replaced by each odd value."""
    for path in list(paths(EVERYTHING))[(part + odd) % PART :: PART]:
        tree = copy.deepcopy(EVERYTHING)
        at(tree, path[:-1])[path[-1]] = copy.deepcopy(ODD[odd])
        outcome(written(tree))


EVERYTHING: dict[str, Any] = {
    "name": "everything",
    "source": "a paper",
    "params": {"width": 4, "act": "relu", "rows": [[1, 2], [3, 4]], "wide": "width * 2"},
    "input": {"shape": [3, 9, "2 * width"], "channels": "first", "dtype": "float32"},
    "blocks": {
        "Unit": {"params": {"out": None, "k": 3, "hidden": "in * k"}, "layers": ["$act", {"conv2d": ["hidden"]}]},
        "Join": {"inputs": ["x", "skip"], "layers": [{"add": None, "from": ["x", "skip"]}]},
        "Norm": {"is": {"batch_norm": {"eps": 0.001}}},
    },
    "layers": {
        "stem": [
            {"conv2d": {"out_channels": "wide", "kernel_size": [3, 3], "padding": "same"}, "bits": "w4a8"},
            "Norm",
        ],
        "loop{x}": {
            "Unit": {"out": "y + i"},
            "for": ["x", "y"],
            "over": "rows",
            "repeat": 1,
            "when": "x > 0 or i == 0",
        },
        "side": {"residual": [{"relu": None}], "shortcut": [], "shortcut_when": "width > 3"},
        "both": {"branches": {"a": "tanh", "b{n}": {"relu": None, "for": {"n": [1, 2]}}}, "merge": "concat"},
        "aux": {"chain": [{"linear": 3}], "training_only": False, "when": False},
        "joined": {"Join": None, "from": ["side", "both.a"]},
        "scale": {"tensor": {"shape": [1, 9, 8]}},
        "last": {"multiply": None, "from": ["joined", "scale"]},
        "tied": {"conv2d": {"out_channels": "wide", "kernel_size": 1}, "from": "last"},
        "again": {"conv2d": {"out_channels": "wide", "kernel_size": 1}, "from": "last", "shares": "tied"},
    },
    "output": "again",
    "claims": [],
    "budgets": {},
    "preprocess": {},
}
EVERYTHING["blocks"]["Unit"]["layers"][1] = {"conv2d": {"out_channels": "out", "kernel_size": "k", "padding": "k // 2"}}
EVERYTHING["blocks"]["Unit"]["params"].pop("hidden")
EVERYTHING["layers"]["loop{x}"]["Unit"] = {"out": "wide + 0 * (y + i)"}


def test_everything_is_a_good_spec() -> None:
    assert outcome(written(EVERYTHING)) == ""


# Trees out of nothing

_leaves = st.one_of(
    st.sampled_from([odd for odd in ODD if not isinstance(odd, (list, dict))]),
    st.integers(-5, 5),
    st.text(max_size=6),
    st.sampled_from(KEYS),
)
_trees = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@few
@given(_trees)
@example({"layers": {"a": {"branches": {"b": []}, "merge": "add"}}})
def test_any_tree(tree: Any) -> None:
    outcome(written(tree))


@few
@given(_trees)
def test_any_layers(layers: Any) -> None:
    outcome(written({"name": "any", "input": [3, 8, 8], "layers": layers}))


@few
@given(_trees, _trees)
def test_any_blocks_and_params(blocks: Any, params: Any) -> None:
    tree = {"name": "any", "input": [3, 8, 8], "blocks": {"A": {"params": params, "layers": blocks}}, "layers": ["A"]}
    outcome(written(tree))


@few
@given(st.dictionaries(st.sampled_from(TOP_KEYS), _trees, max_size=6))
def test_any_top_level(tree: Any) -> None:
    outcome(written(tree))


@few
@given(
    st.sampled_from(["conv2d", "linear", "max_pool2d", "reshape", "slice", "tensor", "permute", "upsample"]), st.data()
)
def test_any_arguments(word: str, data: st.DataObject) -> None:
    from calc.ops import op_class

    keys = st.sampled_from([*op_class(word).fields(), "unknown"])
    arguments = data.draw(st.dictionaries(keys, _trees, max_size=5) | _trees)
    outcome(written({"name": "any", "input": [3, 8, 8], "layers": [{word: arguments}]}))


@few
@given(st.integers(0, 3000), st.binary(max_size=4))
def test_bytes_put_into_a_good_spec(position: int, data: bytes) -> None:
    good = (packaged_specs() / "mobilenetv2.yaml").read_bytes()
    position %= len(good)
    damaged = good[:position] + data + good[position + len(data) :]
    try:
        parse(damaged, "damaged")
        text = damaged.decode("utf-8-sig")
    except SpecError as error:
        text = readable(error)
    outcome(text)
