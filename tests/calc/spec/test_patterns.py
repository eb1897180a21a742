"""``from`` with {*}: every member whose name fits, in order."""

import re

import pytest

from calc.errors import SpecError
from calc.model.graph import Graph
from calc.spec import dumps, expand, loads
from tests.calc.spec.written import graph_of, reads, text_of


def refusal(layers: str, **parts: str) -> str:
    with pytest.raises(SpecError) as caught:
        graph_of(layers, **parts)
    return str(caught.value)


def test_what_a_repeat_left_is_read_in_order() -> None:
    graph = graph_of("""
        skip: relu
        "skip{i}": {conv2d: {out_channels: i + 1, kernel_size: 1}, repeat: 12, from: skip}
        sum: {concat: , from: "skip{*}"}
    """)
    assert reads(graph, "sum") == [f"skip{i}" for i in range(12)]  # 10 comes after 9, and skip itself does not fit
    assert graph.nodes[-1].shape.sizes == (sum(range(1, 13)), 8, 8)


@pytest.mark.parametrize("op, sizes", [("add", (3, 8, 8)), ("stack: 0", None), ("multiply", (3, 8, 8))])
def test_any_op_of_several_inputs_reads_them(op: str, sizes: tuple[int, ...] | None) -> None:
    word, _, field = op.partition(": ")
    layer = f"{{{word}: {field or ''}, from: [input, 'a{{*}}']}}"
    if sizes is None:
        layer = layer.replace("stack: 0", "stack: {dim: 1}")
    graph = graph_of(f"{{a1: relu, a2: tanh, all: {layer}}}")
    assert reads(graph, "all") == ["input", "a1", "a2"]
    assert graph.nodes[-1].shape.sizes == (sizes or (3, 3, 8, 8))


def test_scopes_fit_and_parts_do_not_reach_over_dots() -> None:
    graph = graph_of(
        """
        blocks: [Unit, Unit]
        outs: {concat: , from: "blocks.{*}"}
        skips: {concat: , from: "blocks.{*}.skip"}
        """,
        blocks="Unit: {layers: {skip: relu, out: tanh}}",
    )
    assert reads(graph, "outs") == ["blocks.0.out", "blocks.1.out"]
    assert reads(graph, "skips") == ["blocks.0.skip", "blocks.1.skip"]


def test_inside_a_block_its_own_come_first() -> None:
    graph = graph_of(
        "{a1: relu, one: Own, other: Outer}",
        blocks="""
            Own: {layers: {a1: tanh, a2: tanh, all: {add: , from: "a{*}"}}}
            Outer: {layers: {b: tanh, all: {concat: , from: "a{*}"}}}
        """,
    )
    assert reads(graph, "one.all") == ["one.a1", "one.a2"]
    assert reads(graph, "other.all") == ["a1"]


def test_an_input_is_no_member() -> None:
    blocks = """Join: {inputs: [x1, x2], layers: {x3: {add: , from: [x1, x2]}, all: {concat: , from: "x{*}"}}}"""
    graph = graph_of("{a: relu, b: tanh, j: {Join: , from: [a, b]}}", blocks=blocks)
    assert reads(graph, "j.all") == ["j.x3"]


def test_a_pattern_may_have_holes() -> None:
    graph = graph_of("""
        "s{k}_{i}": {relu: , for: {k: [1, 2]}, repeat: 2}
        last: {concat: , for: {k: [2]}, from: "s{k}_{*}"}
    """)
    assert reads(graph, "last") == ["s2_0", "s2_1"]


@pytest.mark.parametrize(
    "pattern, fitting",
    [
        ("a{*}", ["ab", "aab", "abab"]),
        ("{*}b", ["ab", "aab", "abab"]),
        ("{*}{*}", ["ab", "aab", "abab"]),
        ("{*}{*}{*}", ["aab", "abab"]),
        ("a{*}b", ["aab", "abab"]),
        ("a{*}a{*}", ["abab"]),
        ("{*}", ["a", "ab", "aab", "abab"]),
        ("ab{*}b", ["abab"]),
    ],
)
def test_each_star_is_one_or_more_characters(pattern: str, fitting: list[str]) -> None:
    graph = graph_of(f"{{a: relu, ab: relu, aab: relu, abab: relu, c.d: tanh, all: {{concat: , from: '{pattern}'}}}}")
    assert reads(graph, "all") == fitting


def test_a_long_pattern_is_no_trap() -> None:
    name = "a" * 190
    said = refusal(f"{{{name}: relu, b: {{concat: , from: '{'{*}a' * 40}b'}}}}")
    assert "no earlier member matches" in said


def test_the_parts_of_a_c2f_block_are_read_for_any_depth() -> None:
    blocks = """
        C2f:
          params: {n: }
          layers:
            part0: {conv2d: {out_channels: 4, kernel_size: 1}}
            "part{i + 1}": {conv2d: {out_channels: 2, kernel_size: 3, padding: 1}, repeat: n}
            all: {concat: , from: "part{*}"}
            out: {conv2d: {out_channels: 8, kernel_size: 1, bias: false}}
    """
    for n in (1, 3):
        graph = graph_of(f"{{c2f: {{C2f: {n}}}}}", blocks=blocks)
        assert reads(graph, "c2f.all") == [f"c2f.part{i}" for i in range(n + 1)]
        assert graph.nodes[-2].shape.sizes == (4 + 2 * n, 8, 8)


def test_tensors_fit() -> None:
    graph = graph_of("{in1: {tensor: {shape: [3, 8, 8]}}, in2: relu, all: {add: , from: 'in{*}'}}")
    assert reads(graph, "all") == ["in1", "in2"]


def test_written_and_loaded_again() -> None:
    spec = loads(text_of("{a1: relu, all: {add: , from: ['a{*}', input]}}"))
    assert loads(dumps(spec)) == spec
    assert [node.inputs for node in expand(loads(dumps(spec))).nodes] == [(), (0,), (1, 0)]


@pytest.mark.parametrize(
    "layers, fact",
    [
        ("{a1: relu, all: {add: , from: 'b{*}'}}", "5:33: all: no earlier member matches b{*}"),
        ("{a1: relu, all: {add: , from: 'a{*}.x'}}", "no earlier member matches a{*}.x\n  hint: {*} is one or more"),
        ("{all: {add: , from: 'a{*}'}, a1: relu}", "no earlier member matches a{*}"),
        ("{a1: relu, a2: relu, b: {tanh: , from: 'a{*}'}}", "b (tanh): takes 1 input"),
        ("{a1: relu, a2: relu, b: {chain: [tanh], from: 'a{*}'}}", "reads one input, from finds 2"),
        ("{a1: relu, a2: {tanh: , training_only: true}, b: {add: , from: 'a{*}'}}", "a2 is training_only"),
        ("{a1: relu, b: {add: , from: 'a{**}'}}", "'**' is not an expression"),
        ("{a1: relu, b: {add: , from: 'a*'}}", "'a*' is not a name"),
        ("{a1: relu, b: {add: , from: 'a{*} x'}}", "'a{*} x' is not a name"),
        (
            "{a1: linear, b: {linear: 3, shares: 'a{*}'}}",
            "'a{*}' may be several names, and only from: and output: take several",
        ),
        ("{a1: relu, b: {again: 'a{*}'}}", "'a{*}' may be several names, and only from: and output: take several"),
        ("{'a{*}': relu}", "'a{*}' may be several names, and only from: and output: take several"),
    ],
)
def test_what_is_refused(layers: str, fact: str) -> None:
    assert fact in refusal(layers)


def test_one_that_failed_is_not_told_twice() -> None:
    said = refusal("{a1: {linear: {out_features: -1}}, a2: relu, all: {add: , from: 'a{*}'}}")
    assert said.count("\n") == 0
    assert "out_features=-1" in said


def test_looking_at_very_many_names_has_a_limit() -> None:
    layers = '{"a{i}": {relu: , repeat: 500}, "b{i}": {add: , from: "a{*}5", repeat: 500}}'
    with pytest.raises(SpecError, match=r"the spec puts more than|read more than"):
        expand(loads(text_of(layers)), max_layers=1_000)


def test_names_of_layers_that_failed_are_looked_at_too() -> None:
    with pytest.raises(SpecError, match="the spec puts more than 1000 values"):
        expand(loads(text_of("{a: relu, 'a{i}x': {add: , from: '{*}', repeat: 90}}")), max_layers=10)


def test_every_layer_that_fits_is_an_output() -> None:
    layers = '{"flow{i}": {relu: , repeat: 3}, end: {tanh: , from: flow1}}'
    graph = loaded(layers, '"flow{*}"')
    assert list(graph.outputs) == ["flow0", "flow1", "flow2"]
    both = loaded(layers, '[end, "flow{*}"]')
    assert list(both.outputs) == ["end", "flow0", "flow1", "flow2"]


@pytest.mark.parametrize(
    "output, said",
    [
        ('"flows{*}"', "no earlier member matches flows{*}"),
        ('[flow1, "flow{*}"]', "the outputs flow1 and flow{*} are both the output of flow1"),
    ],
)
def test_patterns_of_outputs_that_cannot_be(output: str, said: str) -> None:
    with pytest.raises(SpecError, match=re.escape(said)):
        loaded('{"flow{i}": {relu: , repeat: 3}}', output)


def loaded(layers: str, output: str) -> Graph:
    return expand(loads(f"name: n\ninput: [3, 8, 8]\nlayers: {layers}\noutput: {output}\n"))
