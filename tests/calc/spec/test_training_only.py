"""training_only: tensors that exist at every input size, and nothing that runs."""

import pytest

from calc.counts import count
from calc.errors import SpecError
from calc.graph import parameters
from calc.spec import expand, loads

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
