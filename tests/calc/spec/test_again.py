"""A layer, block or chain run once more: named anew, its weights those of the first run."""

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, loads

INPUTS = """
name: twice
input: {a: [3, 8, 8], b: [3, 6, 4]}
"""
TOWER = """
blocks:
  Tower:
    params: {out: }
    layers:
      conv: {conv2d: {out_channels: out, kernel_size: 3, padding: 1}}
      norm: batch_norm
      out: {residual: [{conv2d: {out_channels: out, kernel_size: 1, bias: false}}]}
"""


def graph(text: str) -> Graph:
    return expand(loads(INPUTS + text))


def test_a_block_on_two_inputs_counts_its_weights_once_and_its_macs_each_time() -> None:
    found = graph(
        TOWER
        + """
layers:
  f: {Tower: 4, from: a}
  g: {again: f, from: b}
output: [f, g]
"""
    )
    assert [node.name for node in found.layers if node.again] == ["g.conv", "g.norm", "g.out.0", "g.out.add"]
    assert {key.partition(".")[0] for key in (*parameters(found), *buffers(found))} == {"f"}
    totals = analyse(found).totals
    assert totals.params == (4 * 3 * 9 + 4) + 2 * 4 + 4 * 4
    assert totals.macs == (4 * 3 * 9 + 4 * 4) * (8 * 8 + 6 * 4)
    assert totals.buffers == 4 + 4 + 1


def test_a_layer_a_chain_and_a_second_run_can_run_again() -> None:
    found = graph("""
layers:
  one: {conv2d: {out_channels: 3, kernel_size: 1}, bits: 4, from: a}
  two: {again: one, from: b}
  three: {again: two}
  pair: [relu, {conv2d: {out_channels: 3, kernel_size: 3, padding: 1}}]
  more{i}: {again: pair, repeat: 2}
output: [one, more1]
""")
    names = {node.name: node for node in found.layers}
    assert [names[name].shares for name in ("one", "two", "three")] == [None, 2, 2]
    assert names["three"].bits == names["one"].bits
    owner = names["pair.1"]
    assert [found.nodes[names[f"more{i}.1"].shares or 0] for i in (0, 1)] == [owner, owner]
    assert list(parameters(found)) == ["one.weight", "one.bias", "pair.1.weight", "pair.1.bias"]


def test_names_mean_what_they_meant_in_the_first_run() -> None:
    found = graph(
        TOWER
        + """
layers:
  stage{n}: {Tower: n, from: a, for: {n: [5, 7]}}
  again{n}: {again: "stage{n}", from: b, for: {n: [5, 7]}}
output: [stage5, stage7, again5, again7]
"""
    )
    sizes = {name: found.nodes[index].shape.sizes for name, index in found.outputs.items()}
    assert list(sizes) == ["stage5.out.add", "stage7.out.add", "again5.out.add", "again7.out.add"]
    assert list(sizes.values()) == [(5, 8, 8), (7, 8, 8), (5, 6, 4), (7, 6, 4)]


def test_experts_run_again_are_the_same_experts() -> None:
    found = expand(
        loads("""
name: twice
input: {shape: [6, 8], channels: last}
layers:
  router: {linear: 4}
  moe: {experts: {expert: [{linear: 16}, {linear: 8}], count: 4, active: 2}, from: [input, router]}
  more: {again: moe, from: [moe, router]}
""")
    )
    assert {key.partition(".")[0] for key in parameters(found)} == {"router", "moe"}
    totals = analyse(found).totals
    assert totals.params == 4 * 8 + 4 + 4 * (16 * 8 + 16 + 8 * 16 + 8)
    assert totals.macs == 6 * (4 * 8 + 2 * 2 * 2 * 8 * 16)


def test_what_a_failed_layer_leaves_behind_is_said_once() -> None:
    with pytest.raises(SpecError) as caught:
        graph(
            TOWER
            + """
layers:
  f: {Tower: 0, from: a}
  g: {again: f, from: b}
  h: {again: f.out, from: g}
  i: {relu: , from: g.norm}
  j: {add: , from: [missing, f]}
  k: {relu: , from: j}
"""
        )
    assert [(problem.layer, problem.fact) for problem in caught.value.problems] == [
        ("f.conv", "out_channels=0: must be a positive integer"),
        ("f.out.0", "out_channels=0: must be a positive integer"),
        ("j", "no earlier member is named missing"),
    ]


def test_a_second_run_has_the_layers_of_the_first() -> None:
    with pytest.raises(SpecError) as caught:
        expand(loads("name: n\ninput: [4]\nlayers: {a: [{residual: [relu]}], b.add: relu, b: {again: a}}"))
    assert str(caught.value) == (
        "<text>:3:15: b.add2 (add): runs a again, which has no a.add2\n  hint: its layers must be the same in each run"
    )


def test_a_tensor_of_the_first_run_is_there_once() -> None:
    found = graph(
        """
blocks:
  Mixed:
    layers:
      matrix: {tensor: [8, 8]}
      product: {matmul: , from: [input, matrix]}
layers:
  f: {Mixed: , from: a}
  g: {again: f, from: f}
  shift: {tensor: [8]}
  same: {again: shift}
  end: {add: , from: [g, same]}
  other: {relu: , from: b}
output: [end, other]
"""
    )
    assert [node.name for node in found.layers] == ["f.matrix", "f.product", "g.product", "shift", "end", "other"]
    assert [[found.nodes[index].name for index in node.inputs] for node in found.layers if node.inputs] == [
        ["a", "f.matrix"],
        ["f.product", "f.matrix"],
        ["g.product", "shift"],
        ["b"],
    ]
    totals = analyse(found).totals
    assert totals.params == 8 * 8 + 8
    assert totals.activation_elements == (8 * 8 + 8) + 3 * (3 * 8 * 8) + 3 * 6 * 4  # of tensors, f, g, end and other
