"""The bits written in the spec."""

import pytest

from calc.counts import count
from calc.errors import SpecError
from calc.model.graph import Bits
from calc.precision import Assigned, resolve
from calc.precision.held import written_formats
from calc.spec import expand, loads
from tests.calc.graphs import Draft, chain


def test_written_bits_and_32_elsewhere() -> None:
    draft = Draft(3, 8, 8)
    draft.add("a", "conv2d", out_channels=4, kernel_size=3, bits=Bits(4, 8))
    draft.add("b", "conv2d", out_channels=4, kernel_size=3)
    graph = draft.graph()
    assigned = resolve("spec").assign(graph, count(graph))
    assert assigned == (None, Assigned(Bits(4, 8), "spec", is_written=True), Assigned(Bits(32, 32), "not written: 32"))


def test_a_spec_without_any_bits_is_an_error() -> None:
    graph = chain(3, 8, 8, convolutions=1)
    with pytest.raises(SpecError) as caught:
        resolve("spec").assign(graph, count(graph))
    (problem,) = caught.value.problems
    assert problem.fact == "--bits spec: no layer of net with MACs has bits written on it"
    assert problem.hint == "write bits: on layers, or choose another policy"
    assert problem.place is None  # no line is wrong


def test_a_network_without_macs_needs_no_bits() -> None:
    draft = Draft(3, 8, 8)
    draft.add("act", "relu", bits=Bits(4, 4))
    graph = draft.graph()
    assert resolve("spec").assign(graph, count(graph)) == (None, None)


SPEC = """
name: formats
params: {c3: 8, of: "'bf16'"}
input: [3, 8, 8]
layers:
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: int8}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: Q4_K-abf16, when: false}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: nf4-a8}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: c3}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: c3 - 4}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: of}
  - {conv2d: {out_channels: 4, kernel_size: 1}, bits: ternary}
  - {batch_norm: , bits: fp16}
"""


def test_formats_written_on_layers() -> None:
    graph = expand(loads(SPEC))
    policy = resolve("spec")
    given = [str(row.bits) for row in policy.assign(graph, count(graph)) if row]
    assert given == ["int8", "nf4-a8", "8", "4", "bf16", "ternary"]
    (held,) = written_formats(policy, graph, count(graph)).values()
    assert held.name == "fp16"
