"""Counts of small networks, derived by hand; with every case that other counters get wrong."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.verify.measure.networks import leaves, measure_function, measure_layer
from verify.measure import MeasuredRow, measure

pytestmark = pytest.mark.torch


def test_a_row_holds_all_that_was_seen():
    row = measure_layer(nn.Conv2d(3, 8, 3, padding=1), 2, 3, 5, 5)
    # along one axis of 5 the middle tap always meets data, either outer one 4 times
    on_data = 4 + 5 + 4
    assert row == MeasuredRow(
        output_shape=(2, 8, 5, 5),
        parameter_elements=8 * 3 * 3 * 3 + 8,
        calls=1,
        dispatcher_macs=2 * 8 * 3 * 3 * 3 * 5 * 5,
        probe_macs=2 * 8 * 3 * 3 * 3 * 5 * 5,
        effective_macs=2 * 8 * 3 * on_data * on_data,
    )
    assert all(type(count) is int for count in row[1:])


@pytest.mark.parametrize(
    ("layer", "shape", "macs"),
    [
        # transposed: every input position meets every weight, whatever the stride
        (nn.ConvTranspose2d(4, 6, 3, stride=2), (1, 4, 5, 7), 5 * 7 * 4 * 6 * 3 * 3),
        (nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (1, 4, 5, 7), 5 * 7 * 4 * (6 // 2) * 3 * 3),
        (nn.ConvTranspose2d(4, 4, 3, stride=2, groups=4), (1, 4, 5, 7), 5 * 7 * 4 * 3 * 3),
        (nn.ConvTranspose1d(2, 3, 4, dilation=3), (2, 2, 6), 2 * 6 * 2 * 3 * 4),
        (nn.ConvTranspose3d(2, 3, 2, stride=2), (1, 2, 3, 4, 5), 3 * 4 * 5 * 2 * 3 * 2 * 2 * 2),
        (nn.Conv1d(4, 6, 3, groups=2), (2, 4, 9), 2 * 6 * (4 // 2) * 3 * 7),
        (nn.Conv2d(6, 6, 3, groups=6), (1, 6, 9, 5), 6 * 3 * 3 * 7 * 3),
        (nn.Conv2d(3, 4, (3, 1), stride=(2, 3), dilation=(2, 1)), (1, 3, 11, 10), 4 * 3 * 3 * 4 * 4),
        (nn.Conv3d(2, 3, 2), (1, 2, 4, 5, 6), 3 * 2 * 2 * 2 * 2 * 3 * 4 * 5),
        (nn.Linear(5, 7), (3, 5), 3 * 5 * 7),
        (nn.Linear(5, 7, bias=False), (3, 4, 5), 3 * 4 * 5 * 7),
        (nn.Linear(5, 7), (3, 2, 4, 5), 3 * 2 * 4 * 5 * 7),
        (nn.BatchNorm2d(3), (2, 3, 4, 4), 0),
        (nn.AdaptiveAvgPool2d(1), (2, 3, 4, 4), 0),
        (nn.Hardswish(), (2, 3), 0),
        (nn.Upsample(scale_factor=2, mode="bilinear"), (1, 3, 4, 4), 0),
        (nn.LocalResponseNorm(3), (1, 3, 4, 4), 0),
    ],
    ids=str,
)
def test_layers_without_padding(layer, shape, macs):
    row = measure_layer(layer, *shape)
    assert (row.dispatcher_macs, row.probe_macs, row.effective_macs) == (macs, macs, macs)


def test_padding_and_output_padding_of_a_transposed_convolution_change_only_what_meets_data():
    row = measure_layer(nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1), 1, 2, 5)
    # outputs stand at 2i + tap - 1 in [0, 10): only (i, tap) = (0, 0) falls outside
    assert row.output_shape == (1, 3, 10)
    assert (row.probe_macs, row.effective_macs) == (2 * 3 * 5 * 3, 2 * 3 * (5 * 3 - 1))


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_that_is_not_zero_is_data(mode):
    row = measure_layer(nn.Conv2d(2, 3, 3, padding=1, padding_mode=mode), 1, 2, 5, 5)
    assert row.probe_macs == row.effective_macs == 3 * 2 * 3 * 3 * 5 * 5


def test_an_even_kernel_with_same_padding_keeps_its_size():
    row = measure_layer(nn.Conv2d(2, 3, 4, padding="same"), 1, 2, 32, 32)
    assert row.output_shape == (1, 3, 32, 32)
    # the taps look 1 back to 2 ahead, so along one axis they miss the data 1, 0, 1 and 2 times
    on_data = 31 + 32 + 31 + 30
    assert (row.probe_macs, row.effective_macs) == (3 * 2 * 4 * 4 * 32 * 32, 3 * 2 * on_data * on_data)


def test_zeros_that_a_layer_pads_before_its_convolution_are_padding():
    weight = torch.ones(3, 2, 3)
    row = measure_layer(PadThenConvolve(weight), 1, 2, 6)
    # 6 + 1 positions, 5 windows of 3, the first of which starts in the padding
    assert (row.probe_macs, row.effective_macs) == (3 * 2 * 3 * 5, 3 * 2 * (3 * 5 - 1))


def test_zeros_written_over_are_data():
    row = measure_layer(PadThenConvolve(torch.ones(3, 2, 3), overwrite=True), 1, 2, 6)
    assert row.probe_macs == row.effective_macs == 3 * 2 * 3 * 5


def test_zeros_of_a_padding_layer_are_data():
    network = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(2, 3, 3))
    row = measure(network, leaves(network), torch.ones(1, 2, 4, 4)).rows["1"]
    assert row.probe_macs == row.effective_macs == 3 * 2 * 3 * 3 * 4 * 4


class PadThenConvolve(nn.Module):
    def __init__(self, weight: torch.Tensor, overwrite: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.overwrite = overwrite

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.pad(x, (1, 0))
        if self.overwrite:
            x.add_(1)
        return functional.conv1d(x, self.weight)


def test_embedding_multiplies_nothing():
    network = nn.Sequential(nn.Embedding(100, 16), nn.Linear(16, 4))
    measured = measure(network, leaves(network), torch.zeros(2, 7, dtype=torch.long))
    assert measured.rows["0"] == MeasuredRow((2, 7, 16), 100 * 16, 1, 0, 0, 0)
    assert measured.rows["1"].probe_macs == 2 * 7 * 16 * 4


@pytest.mark.parametrize("causal", [False, True])
def test_attention_counts_both_products_in_full(causal):
    tokens, features, heads = 10, 8, 4
    row = measure_function(
        lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=causal), 2, heads, tokens, features
    )
    macs = 2 * heads * (tokens * tokens * features + tokens * tokens * features)
    assert (row.dispatcher_macs, row.probe_macs, row.effective_macs) == (macs, macs, macs)


@pytest.mark.parametrize("dim", [8, 12])
def test_multihead_attention_counts_its_uncalled_output_projection(dim):
    tokens = 5
    layer = SelfAttention(nn.MultiheadAttention(dim, 2, batch_first=True))
    projections = 3 * tokens * dim * dim + tokens * dim * dim
    products = tokens * tokens * dim + tokens * tokens * dim
    assert measure_layer(layer, 3, tokens, dim).probe_macs == 3 * (projections + products)


class SelfAttention(nn.Module):
    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.attention(x, x, x, need_weights=False)[0]
        return out


def test_an_encoder_layer_is_seen_inside():
    dim, hidden, tokens = 8, 16, 5
    network = nn.Sequential(nn.TransformerEncoderLayer(dim, 2, hidden, batch_first=True))
    rows = measure(network, leaves(network), torch.ones(1, tokens, dim)).rows
    assert rows["0.self_attn"].probe_macs == 4 * tokens * dim * dim + 2 * tokens * tokens * dim
    assert rows["0.linear1"].probe_macs == rows["0.linear2"].probe_macs == tokens * dim * hidden


@pytest.mark.parametrize(("recurrent", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
@pytest.mark.parametrize("directions", [1, 2])
def test_recurrent_layers_multiply_input_and_state_at_each_step(recurrent, gates, directions):
    features, hidden, steps, batch = 5, 7, 4, 3
    layer = recurrent(features, hidden, num_layers=2, batch_first=True, bidirectional=directions == 2)
    first = gates * hidden * (features + hidden)
    second = gates * hidden * (directions * hidden + hidden)
    row = measure_layer(layer, batch, steps, features)
    assert row.probe_macs == row.dispatcher_macs == batch * steps * directions * (first + second)
    assert row.output_shape == (batch, steps, directions * hidden)


def test_a_projected_lstm_feeds_the_projection_back():
    features, hidden, projected, steps = 5, 7, 3, 4
    row = measure_layer(nn.LSTM(features, hidden, proj_size=projected, batch_first=True), 1, steps, features)
    assert row.probe_macs == steps * (4 * hidden * (features + projected) + hidden * projected)


def test_bilinear_counts_every_triple():
    row = measure_layer(SplitBilinear(nn.Bilinear(3, 4, 5)), 2, 7)
    assert (row.dispatcher_macs, row.probe_macs) == (2 * 5 * 3 * 4, 2 * 5 * 3 * 4)


class SplitBilinear(nn.Module):
    def __init__(self, bilinear: nn.Bilinear) -> None:
        super().__init__()
        self.bilinear = bilinear

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.bilinear(x[:, :3], x[:, 3:])
        return out


@pytest.mark.parametrize(
    ("function", "macs"),
    [
        (lambda x: torch.matmul(x, x.new_ones(4, 6)), 2 * 5 * 3 * 4 * 6),  # x is (2, 5, 3, 4)
        (lambda x: torch.matmul(x[:, :1], x.new_ones(5, 4, 6)), 2 * 5 * 3 * 4 * 6),  # broadcast: 5 products each
        (lambda x: torch.matmul(x, x.new_ones(4)), 2 * 5 * 3 * 4),
        (lambda x: torch.mv(x[0, 0], x.new_ones(4)), 3 * 4),
        (lambda x: torch.dot(x[0, 0, 0], x[0, 0, 1]), 4),
        (lambda x: torch.addmv(x.new_ones(3), x[0, 0], x.new_ones(4), beta=2, alpha=3), 3 * 4),
        (lambda x: torch.addmm(x.new_ones(6), x[0, 0], x.new_ones(4, 6), beta=2, alpha=3), 3 * 4 * 6),
        (lambda x: torch.baddbmm(x.new_ones(6), x[0], x.new_ones(5, 4, 6), alpha=0.5), 5 * 3 * 4 * 6),
        (lambda x: torch.einsum("bhij,bhkj->bhik", x, x), 2 * 5 * 3 * 4 * 3),
        (lambda x: torch.einsum("bhij,bhij->b", x, x), 2 * 5 * 3 * 4),
        (lambda x: x.new_ones(0, 4) @ x[0, 0, 0], 0),
    ],
)
def test_products_of_two_tensors(function, macs):
    row = measure_function(function, 2, 5, 3, 4)
    assert (row.dispatcher_macs, row.probe_macs, row.effective_macs) == (macs, macs, macs)


def test_a_module_called_twice_counts_twice_and_its_parameters_once():
    shared = nn.Linear(6, 6)
    network = nn.Sequential(shared, nn.ReLU(), shared)
    measured = measure(network, {"shared": shared}, torch.ones(2, 6))
    assert measured.rows["shared"] == MeasuredRow((2, 6), 6 * 6 + 6, 2, 2 * 2 * 6 * 6, 2 * 2 * 6 * 6, 2 * 2 * 6 * 6)
    assert measured.parameter_elements == 6 * 6 + 6


def test_a_weight_that_two_layers_share_belongs_to_the_first():
    embedding, head = nn.Embedding(20, 6), nn.Linear(6, 20)
    head.weight = embedding.weight
    measured = measure(
        nn.Sequential(embedding, head), {"embedding": embedding, "head": head}, torch.zeros(1, 3, dtype=torch.long)
    )
    assert [row.parameter_elements for row in measured.rows.values()] == [20 * 6, 20]
    assert [row.probe_macs for row in measured.rows.values()] == [0, 3 * 6 * 20]
    assert measured.parameter_elements == 20 * 6 + 20


def test_a_layer_never_called_keeps_its_parameters():
    network = WithUnusedParts()
    measured = measure(network, {"used": network.used, "unused": network.unused}, torch.ones(1, 3))
    assert measured.rows["unused"] == MeasuredRow(None, 3 * 8, 0, 0, 0, 0)
    assert measured.unowned_parameter_elements == 9
    assert measured.parameter_elements == 3 * 4 + 4 + 3 * 8 + 9


class WithUnusedParts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(3, 4)
        self.unused = nn.Linear(3, 8, bias=False)
        self.scale = nn.Parameter(torch.ones(9))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.used(x)
        return out


def test_a_layer_may_return_a_view_of_its_own_parameter():
    row = measure_layer(OwnTensor(), 1, 3)
    assert row == MeasuredRow((1, 4), 4, 1, 0, 0, 0)


class OwnTensor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tensor = nn.Parameter(torch.ones(4))

    def forward(self, _x: torch.Tensor) -> torch.Tensor:
        return self.tensor.unsqueeze(0)


def test_totals_are_sums_of_rows():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4 * 25, 7))
    measured = measure(network, leaves(network), torch.ones(1, 3, 5, 5))
    assert measured.macs == 4 * 3 * 3 * 3 * 25 + 4 * 25 * 7
    assert measured.effective_macs == 4 * 3 * (4 + 5 + 4) ** 2 + 4 * 25 * 7
    assert measured.parameter_elements == 4 * 3 * 3 * 3 + 4 + 4 * 25 * 7 + 7


def test_a_network_larger_than_memory_is_measured_on_meta():
    words, width = 2**40, 2**10
    with torch.device("meta"):
        network = nn.Sequential(nn.Embedding(words, width), nn.Linear(width, 10))
        tokens = torch.empty(1, 3, dtype=torch.long)
    measured = measure(network, leaves(network), tokens)
    assert measured.parameter_elements == words * width + width * 10 + 10
    assert measured.rows["1"] == MeasuredRow((1, 3, 10), width * 10 + 10, 1, *[3 * width * 10] * 3)


def test_meta_and_real_inputs_give_the_same_rows():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU())
    inputs = torch.ones(2, 3, 9, 9)
    layers = leaves(network)
    assert measure(network, layers, inputs.to("meta")) == measure(network, layers, inputs)


def test_mobilenet_v2_is_the_published_network():
    torchvision = pytest.importorskip("torchvision")
    network = torchvision.models.mobilenet_v2()
    measured = measure(network, leaves(network), torch.ones(1, 3, 224, 224))
    assert measured.macs == 300_774_272
    assert measured.parameter_elements == 3_504_872
    assert measured.rows["features.0.0"].probe_macs == 32 * 3 * 3 * 3 * 112 * 112
    depthwise = measured.rows["features.2.conv.1.0"]
    assert depthwise.probe_macs == 96 * 3 * 3 * 56 * 56
    # stride 2 from -1: of 56 windows along an axis only the first reaches outside, with its first tap
    assert depthwise.effective_macs == 96 * (3 * 56 - 1) * (3 * 56 - 1)
    assert measured.effective_macs < measured.macs
    assert math.prod(measured.rows["classifier.1"].output_shape or ()) == 1000
