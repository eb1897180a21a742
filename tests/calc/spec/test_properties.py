"""What holds of every spec: repeats, renaming, writing it out; and that work grows linearly."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.counts import count
from calc.model.graph import Graph
from calc.spec import dumps, expand, loads
from calc.spec.shelf import packaged
from tests.calc.spec.written import graph_of, names, text_of

few = settings(max_examples=20)


@st.composite
def chains(draw: st.DrawFn, depth: int = 2) -> str:
    """A chain in flow style; every member keeps the spatial sizes and the channels."""
    return f"[{', '.join(draw(st.lists(members(depth), min_size=1, max_size=4)))}]"


@st.composite
def members(draw: st.DrawFn, depth: int) -> str:
    """One member of a list."""
    leaves = ["relu", "batch_norm", "{conv2d: {out_channels: 4, kernel_size: 1}}", "{dropout: 0.5}"]
    if depth == 0:
        return draw(st.sampled_from(leaves))
    inner = draw(chains(depth - 1))
    structures = [
        inner,
        f"{{chain: {inner}}}",
        f"{{splice: {inner}}}",
        f"{{residual: {inner}}}",
        f"{{residual: {inner}, shortcut: {draw(chains(depth - 1))}}}",
        f"{{branches: [{inner}, []], merge: multiply}}",
    ]
    return draw(st.sampled_from(leaves + structures))


def shape_of(graph: Graph) -> list[object]:
    """All of a graph but names and places."""
    return [(node.op, node.inputs, node.shape, node.batched, node.training_only, node.bits) for node in graph.nodes]


@few
@given(chains(), st.integers(0, 4))
def test_repeat_is_written_out(chain: str, times: int) -> None:
    repeated = graph_of(f"[{{chain: {chain}, repeat: {times}}}]", input="[4, 3, 5]")
    written = graph_of(f"[{', '.join([f'{{chain: {chain}}}'] * times)}]", input="[4, 3, 5]")
    assert (names(repeated), shape_of(repeated)) == (names(written), shape_of(written))


@few
@given(chains(), st.integers(0, 4))
def test_for_is_written_out(chain: str, times: int) -> None:
    looped = graph_of(f"[{{splice: {chain}, for: x, over: 'range({times})'}}]", input="[4, 3, 5]")
    written = graph_of(f"[{', '.join([f'{{splice: {chain}}}'] * times)}]", input="[4, 3, 5]")
    assert (names(looped), shape_of(looped)) == (names(written), shape_of(written))


@few
@given(chains())
def test_a_block_is_what_it_stands_for(chain: str) -> None:
    called = graph_of(
        "[Unit, {named: Unit}]".replace("{named: Unit}", "Unit"), input="[4, 3, 5]", blocks=f"Unit: {{layers: {chain}}}"
    )
    written = graph_of(f"[{chain}, {chain}]", input="[4, 3, 5]")
    assert (names(called), shape_of(called)) == (names(written), shape_of(written))


@few
@given(chains(), st.text("abcXYZ019_-", min_size=1, max_size=9))
def test_renaming_changes_nothing_but_names(chain: str, name: str) -> None:
    one = graph_of(f"{{stem: {chain}, head: {{relu: , from: stem}}}}", input="[4, 3, 5]")
    other = graph_of(f"{{{name}: {chain}, {name}2: {{relu: , from: {name}}}}}", input="[4, 3, 5]")
    assert shape_of(one) == shape_of(other)
    assert count(one) == count(other)
    assert [re.sub("^head", f"{name}2", n) for n in (re.sub(r"^stem\b", name, n) for n in names(one))] == names(other)


@few
@given(chains())
def test_when_true_is_nothing_and_when_false_drops(chain: str) -> None:
    plain = graph_of(f"[relu, {{chain: {chain}}}, tanh]", input="[4, 3, 5]")
    kept = graph_of(f"[relu, {{chain: {chain}, when: 1 < 2}}, tanh]", input="[4, 3, 5]")
    assert (names(plain), shape_of(plain)) == (names(kept), shape_of(kept))
    dropped = graph_of(f"[relu, {{chain: {chain}, when: 1 > 2}}, tanh]", input="[4, 3, 5]")
    assert names(dropped) == ["0", "1"]


@few
@given(chains())
def test_written_and_loaded_again_it_is_equal(chain: str) -> None:
    spec = loads(text_of(chain, input="[4, 3, 5]"))
    again = loads(dumps(spec))
    assert again == spec
    assert shape_of(expand(again)) == shape_of(expand(spec))


FIRST = {re.split("[0-9_]", name)[0]: name for name in reversed(packaged())}
"""Of the specs whose names begin alike, and which mostly extend one family, the first: the others wait for the zoo."""
SPECS = [
    pytest.param(path, id=name, marks=() if name in FIRST.values() else pytest.mark.zoo)
    for name, path in packaged().items()
]


@pytest.mark.parametrize("path", SPECS)
def test_packaged_specs_are_equal_to_what_is_written_of_them(path) -> None:  # type: ignore[no-untyped-def]  # a Path
    text = path.read_text(encoding="utf-8")
    spec = loads(text, str(path))
    assert loads(dumps(spec), str(path)) == spec


def test_an_expansion_leaves_no_trace() -> None:
    """Sites and ops are kept from one expansion to the next; other params and inputs must not leak into it."""
    spec = loads(
        text_of(
            "[{Unit: {k: 1.0 * k}}, {Unit: {k: k}}, {conv2d: {out_channels: k, kernel_size: [k, k]}}]".replace(
                "1.0 * ", ""
            ),
            params="{k: 3}",
            input="[4, 16, 16]",
            blocks="Unit: {params: {k: }, layers: [{conv2d: {out_channels: in, kernel_size: k}}]}",
        )
    )
    first = shape_of(expand(spec))
    for k in (1, 5, 2):
        expand(spec, {"k": k}, (2, 20, 30))
    assert shape_of(expand(spec)) == first


def test_equal_numbers_of_other_kinds_are_told_apart() -> None:
    spec = loads(text_of("[{max_pool2d: [k, k]}, {linear: {out_features: 3, bias: b}}]", params="{k: 1, b: true}"))
    assert expand(loads(text_of("[{max_pool2d: [k, k]}]", params="{k: 1}"))).nodes[1].shape.sizes == (3, 8, 8)
    for params, fact in (({"k": 1.0}, "kernel_size=\\[1.0, 1.0\\]"), ({"k": True}, "kernel_size=\\[true, true\\]")):
        with pytest.raises(Exception, match=fact):
            expand(spec, params)
    with pytest.raises(Exception, match="bias=1: must be true or false"):
        expand(spec, {"b": 1})


def test_fifty_thousand_layers() -> None:
    chain = expand(loads(text_of("[{relu: , repeat: 50000}]")), max_layers=50_000)
    assert (len(chain.nodes), chain.outputs) == (1 + 50_000, {"49999": 50_000})
    written = expand(loads(text_of("- conv2d: {out_channels: 3, kernel_size: 1, bias: false}\n" * 10_000)))
    assert sum(row.macs for row in count(written)) == 10_000 * (3 * 3 * 8 * 8)


def test_five_hundred_branches() -> None:
    one = graph_of("[{branches: {'b{i}': {conv2d: {out_channels: 2, kernel_size: 1}, repeat: 500}}, merge: concat}]")
    assert one.nodes[-1].shape.sizes == (500 * 2, 8, 8)
    many = graph_of(f"[{{branches: [{', '.join(['[relu, tanh]'] * 500)}], merge: add}}]")
    assert len(many.nodes) == 1 + 500 * 2 + 1
    assert many.nodes[-1].inputs == tuple(range(2, 1002, 2))
    named = ", ".join(f"a{i}" for i in range(500))
    read = graph_of(f"{{'a{{i}}': {{relu: , repeat: 500, from: input}}, sum: {{add: , from: [{named}]}}}}")
    assert read.nodes[-1].inputs == tuple(range(1, 501))


def test_many_merges_in_one_scope() -> None:
    graph = graph_of("[{residual: [relu], repeat: 4000}]")
    assert names(graph)[-2:] == ["3999", "add4000"]


def test_steps_grow_linearly() -> None:
    """Ten times the layers take ten times the steps: counted, not timed."""
    from calc.spec.budget import WorkBudget
    from calc.spec.walk import Walk

    def steps(layers: str) -> int:
        walk = Walk(loads(text_of(layers)), {}, WorkBudget())
        walk.run({})
        return walk.steps

    assert steps("[relu, tanh]") == 2
    for turns in (100, 1000):
        assert steps(f"[{{relu: , repeat: {turns}}}]") == 1 + turns
        # each turn walks two members and, in the inner chain, one more
        assert steps(f"[{{residual: [relu, [tanh]], repeat: {turns}}}]") == 1 + turns * (1 + 2 + 1)
