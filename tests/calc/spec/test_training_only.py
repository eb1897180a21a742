"""training_only: tensors that exist at every input size, and nothing that runs."""

import pytest

from calc.counts import count
from calc.errors import SpecError
from calc.model.graph import parameters
from calc.spec import expand, loads
from tests.calc.spec.written import graph_of, reads

AUXILIARY = """
name: auxiliary
params: {resolution: 32}
input: [3, resolution, resolution]
layers:
  trunk: {conv2d: {out_channels: 4, kernel_size: 1, bias: false}}
  aux:
    chain:
      - avg_pool2d: {kernel_size: 5, stride: 3}
      - conv2d: {out_channels: 8, kernel_size: 5, bias: false}
      - adaptive_avg_pool2d: 1
      - flatten
      - linear: {out_features: 10, bias: false}
    training_only: true
  last: {conv2d: {out_channels: 2, kernel_size: 1, bias: false}}
"""


@pytest.mark.parametrize("resolution", [1, 4, 16, 32])
def test_tensors_do_not_depend_on_the_input_size(resolution: int) -> None:
    graph = expand(loads(AUXILIARY), {"resolution": resolution})
    assert parameters(graph) == {
        "trunk.weight": (4, 3, 1, 1),
        "aux.1.weight": (8, 4, 5, 5),
        "aux.4.weight": (10, 8),
        "last.weight": (2, 4, 1, 1),
    }
    assert sum(row.macs for row in count(graph)) == (4 * 3 + 2 * 4) * resolution * resolution


def test_a_map_too_small_is_an_error_for_a_layer_that_runs() -> None:
    text = AUXILIARY.replace("training_only: true", "training_only: false")
    with pytest.raises(SpecError, match="a window of 5"):
        expand(loads(text), {"resolution": 4})


def test_an_op_in_a_loop_that_does_and_does_not_run() -> None:
    text = """
name: both
input: [3, 4, 4]
blocks: {Pool: {layers: [{avg_pool2d: 5}]}}
layers:
  aux: {Pool: , training_only: true}
  main: Pool
"""
    with pytest.raises(SpecError, match=r"main\.0 \(avg_pool2d\): a window of 5"):
        expand(loads(text))


def test_a_misfit_of_another_kind_is_an_error() -> None:
    text = AUXILIARY.replace("kernel_size: 5, bias: false", "kernel_size: 5, groups: 8, bias: false")
    with pytest.raises(SpecError, match=r"aux\.1 \(conv2d\): groups=8 does not divide in_channels=4"):
        expand(loads(text))


def test_tensors_that_would_be_invented_are_an_error() -> None:
    """Nothing pools the map that is too small to one size, so the linear layer has no true number of inputs."""
    text = AUXILIARY.replace("      - adaptive_avg_pool2d: 1\n", "")
    assert parameters(expand(loads(text)))["aux.3.weight"] == (10, 8 * 6 * 6)  # 32 → 10 by the pool → 6 by the kernel
    with pytest.raises(SpecError) as error:
        expand(loads(text), {"resolution": 16})
    (problem,) = error.value.problems
    assert (problem.layer, problem.op) == ("aux.3", "linear")
    assert problem.fact == "its tensors depend on the size of a map that is too small here for a layer before it"


def test_a_layer_that_runs_hides_no_guess() -> None:
    """flatten has met 1×8×8 before, in a layer that runs; what the kernel of 9 is guessed to leave is 1×8×8 too."""
    text = """
name: known
input: [1, 8, 8]
layers:
  main: flatten
  aux:
    chain: [{conv2d: {out_channels: 1, kernel_size: 9, bias: false}}, flatten, {linear: 1}]
    from: input
    training_only: true
"""
    with pytest.raises(SpecError, match=r"aux\.2 \(linear\): its tensors depend"):
        expand(loads(text))


def test_a_layer_that_is_not_run_may_share_with_another() -> None:
    text = "name: tied\ninput: [8]\nlayers:\n"
    text += "  a: {chain: {b: {linear: 8, training_only: true}, c: {linear: 8, shares: b}}, training_only: true}\n"
    assert [node.shares for node in expand(loads(text)).nodes] == [None, None, 1]
    with pytest.raises(SpecError, match="b is training_only, so only training_only layers can read it"):
        expand(loads(text.replace("}}, training_only: true", "}}")))


def test_what_is_read_unasked_is_neither_a_tensor_nor_what_is_not_run_also_in_a_repeat() -> None:
    layers = "{a: relu, 't{i}': {tensor: [3], repeat: 2}, 'u{i}': {tanh: , repeat: 2, training_only: true}, b: gelu}"
    assert reads(graph_of(layers), "b") == ["a"]
