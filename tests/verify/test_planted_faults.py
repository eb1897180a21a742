"""Verify finds faults that the tests plant in calc."""

from collections.abc import Callable, Iterator
from math import prod

import pytest

from calc.analysis import analyse
from calc.model.graph import Bits
from calc.ops import conv
from calc.ops.base import Parameter, Product, windows
from calc.ops.conv import Convolution
from calc.ops.conv_transpose import ConvTranspose2d
from calc.precision.base import Assigned
from calc.shape import Shape, Shapes
from calc.spec import expand, loads

pytest.importorskip("torch")
from verify.verification import Verification, verify  # after the check that torch is there

pytestmark = pytest.mark.torch

SPEC = """
name: every fault has a layer here
input: [8, 11, 10]
layers:
  grouped: {conv2d: {out_channels: 8, kernel_size: 3, padding: 1, groups: 2}}
  depthwise: {conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, groups: 8, bias: false}}
  dilated: {conv2d: {out_channels: 6, kernel_size: 2, dilation: 2, padding: 1}}
  transposed: {conv_transpose2d: {out_channels: 4, kernel_size: 3, stride: 2}}
  flatten: flatten
  classifier: {linear: 5}
"""


@pytest.fixture(autouse=True)
def _no_remembered_geometry() -> Iterator[None]:
    """Clear the caches, so that no result from before a fault, or of a fault, is used."""
    conv._slide.cache_clear()
    yield
    conv._slide.cache_clear()


def run() -> Verification:
    return verify(analyse(expand(loads(SPEC)), bits="4"))


def faults(verification: Verification) -> set[tuple[str, str]]:
    return {(mismatch.layer, mismatch.quantity) for mismatch in verification.mismatches}


def test_nothing_is_wrong_before() -> None:
    assert run().mismatches == ()


MacRule = Callable[[Convolution, Shapes, Shape], tuple[Product, ...]]
TRUE_MACS: MacRule = Convolution.macs


def scaled(product: Product, factor: int) -> Product:
    return product._replace(macs=factor * product.macs, effective_macs=factor * product.effective_macs)


def test_groups_ignored_as_in_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    def macs(self: Convolution, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        return tuple(scaled(product, self.groups) for product in TRUE_MACS(self, inputs, output))

    monkeypatch.setattr(Convolution, "macs", macs)
    assert {("grouped", "macs"), ("depthwise", "macs")} <= faults(run())


def test_a_pointwise_beside_each_depthwise_as_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def macs(self: Convolution, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        true = TRUE_MACS(self, inputs, output)
        if self.kind(inputs) != "depthwise":
            return true
        phantom = self.out_channels**2 * prod(output.sizes[-2:])
        return (*true, Product(Parameter("weight"), phantom, phantom, self.out_channels))

    monkeypatch.setattr(Convolution, "macs", macs)
    assert faults(run()) == {("depthwise", "macs"), ("depthwise", "effective_macs"), ("depthwise", "bitops.weight")}


def test_output_size_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    true = windows.window_count

    def rounded_up(*arguments: object, **keywords: object) -> int:
        return true(*arguments, **{**keywords, "ceil": True})  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(conv, "window_count", rounded_up)
    assert ("depthwise", "output shape") in faults(verify_only_shapes())


def verify_only_shapes() -> Verification:
    """The spec without the layers after the strided one, which would not fit a wrong size."""
    text = SPEC[: SPEC.index("  dilated")].replace("[8, 11, 10]", "[8, 11, 12]")
    return verify(analyse(expand(loads(text)), bits="4"))


def test_dilation_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    true = windows.window_count

    def undilated(size: int, kernel: int, stride: int, padding: tuple[int, int], _dilation: int, *rest: object) -> int:
        return true(size, kernel, stride, padding, 1, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(conv, "window_count", undilated)
    text = SPEC[: SPEC.index("  transposed")]
    assert ("dilated", "output shape") in faults(verify(analyse(expand(loads(text)), bits="4")))


def test_bias_counted_as_macs(monkeypatch: pytest.MonkeyPatch) -> None:
    def macs(self: Convolution, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        (product,) = TRUE_MACS(self, inputs, output)
        return (product._replace(macs=product.macs + output.elements),) if self.bias else (product,)

    monkeypatch.setattr(Convolution, "macs", macs)
    found = faults(run())
    assert ("grouped", "macs") in found
    assert ("depthwise", "macs") not in found


def test_transposed_convolution_counted_at_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    true = ConvTranspose2d.macs

    def macs(self: ConvTranspose2d, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        (product,) = true(self, inputs, output)
        at_output = product.macs * prod(output.sizes[-2:]) // prod(inputs[0].sizes[-2:])
        return (product._replace(macs=at_output),)

    monkeypatch.setattr(ConvTranspose2d, "macs", macs)
    assert ("transposed", "macs") in faults(run())


def test_one_layers_bits_off_by_one() -> None:
    from dataclasses import replace

    from verify.build import Network, build
    from verify.compare import compare_bits, measured_bitops
    from verify.lively import lively
    from verify.measure import measure
    from verify.weight_bits import measured_weight_bits

    analysis = analyse(expand(loads(SPEC)), bits="4")
    network = build(analysis.graph)
    network.load_state_dict(lively(network.state_dict()))
    inputs = Network.sample(analysis.graph, 1)
    found = measured_bitops(
        analysis,
        measure(network, network.layers, inputs),
        measured_weight_bits(analysis, network, inputs),
    )
    assert compare_bits(analysis, found) == []
    index = next(i for i, node in enumerate(analysis.graph.nodes) if node.name == "dilated")
    assigned = list(analysis.assigned)
    assigned[index] = Assigned(Bits(5, 4), "off by one")
    wrong = replace(analysis, assigned=tuple(assigned))
    assert {(m.layer, m.quantity) for m in compare_bits(wrong, found)} == {
        ("dilated", "weight bits"),
        ("dilated", "bitops.weight"),
    }


def test_a_tensor_that_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from calc import counts

    true = counts.held_tensors
    monkeypatch.setattr(counts, "held_tensors", lambda *given: [each._replace(copies=2) for each in true(*given)])
    assert ("total", "bits of codes") in faults(run())


def test_codes_are_those_of_the_format_whatever_stands_beside_them() -> None:
    for bits in ("w3g2a8", "adaptive:llm"):
        assert verify(analyse(expand(loads(SPEC)), bits=bits)).mismatches == ()


def test_codes_of_weights_that_arrive_stand_with_the_layer_that_holds_them() -> None:
    arriving = """
name: a matrix of its own
input: {shape: [4, 6], channels: last}
layers:
  matrix: {tensor: [3, 6]}
  product: {linear: {out_features: 3, bias: false}, from: [input, matrix]}
  own: {linear: 2}
"""
    assert verify(analyse(expand(loads(arriving)), bits="4")).mismatches == ()
