"""An op that is not known raises with its layer; the lists name ops that exist."""

from collections.abc import Iterator
from importlib import import_module

import pytest
import torch
from torch import nn

from tests.verify.measure.networks import Calls, measure_function, measure_layer
from verify.measure import MeasureError, measure
from verify.measure.closed_world import FREE, PRODUCTS, is_free

pytestmark = pytest.mark.torch

aten = torch.ops.aten


@pytest.mark.parametrize(
    ("function", "op"),
    [
        (lambda x: torch.cdist(x, x), "aten._cdist_forward.default"),
        (lambda x: torch.fft.fft(x).real, "aten._fft_r2c.default"),
        (lambda x: torch.addbmm(x[0], x, x), "aten.addbmm.default"),
        (lambda x: torch.addr(x[0], x[0, 0], x[0, 0]), "aten.addr.default"),
        (lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8), "aten.quantize_per_tensor.default"),
        (lambda x: x.to_sparse(), "aten._to_sparse.default"),
        (lambda x: torch.cumprod(x, 1), "aten.cumprod.default"),
        (lambda x: torch.mm(x[0], x[0], out=torch.empty_like(x[0])), "aten.mm.out"),
    ],
)
def test_an_unknown_op_names_itself_and_its_layer(function, op):
    with pytest.raises(MeasureError, match=rf"^layer: runs {op}, which is neither") as caught:
        measure_function(function, 4, 4, 4)
    assert caught.value.layer == "layer"


def test_the_fused_attention_that_hides_its_products_is_refused():
    weights = torch.ones(12, 4, device="meta"), torch.ones(12, device="meta")
    output = torch.ones(4, 4, device="meta"), torch.ones(4, device="meta")

    def attend(x: torch.Tensor) -> torch.Tensor:
        return torch._native_multi_head_attention(x, x, x, 4, 2, *weights, *output)[0]

    layer = Calls(attend)
    with pytest.raises(MeasureError, match="_native_multi_head_attention"):
        measure(nn.Sequential(layer), {"layer": layer}, torch.ones(1, 3, 4, device="meta"))


@pytest.fixture
def foreign_relu() -> Iterator[torch._ops.OpOverload]:
    """An op that shares only its name with an op that costs no MACs."""
    library = torch.library.Library("measured_by_tests", "FRAGMENT")
    library.define("relu(Tensor x) -> Tensor")
    library.impl("relu", torch.relu, "CPU")
    library.impl("relu", torch.empty_like, "Meta")
    yield torch.ops.measured_by_tests.relu.default
    library._destroy()


def test_an_op_of_another_namespace_is_unknown(foreign_relu):
    assert not is_free(foreign_relu)
    with pytest.raises(MeasureError, match=r"^layer: runs measured_by_tests.relu"):
        measure_function(foreign_relu, 2, 3)


def test_an_unknown_op_outside_every_layer_raises_too():
    layer = nn.ReLU()
    with pytest.raises(MeasureError, match=r"^runs aten.cumprod"):
        measure(nn.Sequential(layer, Calls(lambda x: x.cumprod(1))), {"layer": layer}, torch.ones(2, 3))


def test_every_free_name_is_an_aten_op_with_a_reason():
    assert [name for name in FREE if not hasattr(aten, name)] == []
    assert [name for name, reason in FREE.items() if not reason] == []


def test_an_op_of_torchvision_is_known():
    import_module("torchvision")  # registers its ops
    assert is_free(torch.ops.torchvision.roi_align.default)
    assert not is_free(torch.ops.torchvision.deform_conv2d.default)


def test_no_product_is_free():
    assert not [op for op in PRODUCTS if is_free(op)]


def test_in_place_ops_and_views_are_free():
    assert is_free(aten.relu_.default)
    assert is_free(aten.permute.default)


@pytest.mark.parametrize(
    "module",
    [
        nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.SiLU, nn.GELU, nn.ELU, nn.CELU, nn.SELU, nn.LeakyReLU,
        nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.Mish, nn.PReLU, nn.Softplus, nn.Softsign, nn.LogSigmoid,
        nn.Tanhshrink, nn.Softshrink, nn.Hardshrink, nn.GLU, nn.Softmin, nn.Softmax2d, nn.Identity, nn.Dropout,
    ],
)  # fmt: skip
def test_activations_cost_no_macs(module):
    row = measure_layer(module(), 2, 4, 6, 6)
    assert (row.dispatcher_macs, row.probe_macs) == (0, 0)
