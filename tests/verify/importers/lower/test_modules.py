import pytest
import torch
from torch import nn
from torchvision.models.swin_transformer import ShiftedWindowAttention, ShiftedWindowAttentionV2
from torchvision.models.video.swin_transformer import ShiftedWindowAttention3d

from calc.errors import SpecError
from tests.verify.importers.modules import fields, graph_of, layers, lowered_of
from tests.verify.importers.proving import proved, said


class Attends(nn.Module):
    """``how`` picks what the queries, keys and values of its attention are."""

    def __init__(self, how: str, **options: bool) -> None:
        super().__init__()
        self.how = how
        self.norm = nn.LayerNorm(8)
        self.attn = nn.MultiheadAttention(8, 2, **options)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        x, y = self.norm(x), y * 2
        arrives = {"self": (x, x, x), "cross": (x, y, y), "apart": (x, y, x), "position": (y, y, x)}[self.how]
        return self.attn(*arrives, need_weights=False)[0] + y


@pytest.mark.parametrize(
    "how, read",
    [
        ("self", ["norm"]),
        ("cross", ["norm", "multiply"]),
        ("apart", ["norm", "multiply", "norm"]),
        ("position", ["multiply", "multiply", "norm"]),
    ],
)
def test_attention_is_one_layer(how: str, read: list[str]) -> None:
    graph = graph_of(Attends(how, batch_first=True), x=(5, 8), y=(5, 8))
    assert ("attn", "multihead_attention") in layers(graph)
    (attention,) = [node for node in graph.layers if node.name == "attn"]
    assert [graph.nodes[index].name for index in attention.inputs] == read


def test_what_attention_is_made_with_is_kept() -> None:
    graph = graph_of(Attends("self", batch_first=True, bias=False, add_bias_kv=True), x=(5, 8), y=(5, 8))
    assert fields(graph, "attn") == {"num_heads": 2, "bias": False, "add_bias_kv": True, "add_zero_attn": False}


class TakesBatchForTokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attn(x, x, x)[0]


def test_attention_over_the_samples_of_a_batch_is_refused() -> None:
    with pytest.raises(SpecError):
        lowered_of(TakesBatchForTokens(), x=(5, 8))


@pytest.mark.parametrize(
    "module, sizes, word",
    [
        (ShiftedWindowAttention(8, [4, 4], [2, 2], 2), (8, 8, 8), "window_attention"),
        (ShiftedWindowAttentionV2(8, [4, 4], [0, 0], 2), (8, 8, 8), "window_attention"),
        pytest.param(
            ShiftedWindowAttention3d(8, [2, 4, 4], [1, 2, 2], 2),
            (4, 8, 8, 8),
            "window_attention3d",
            marks=pytest.mark.zoo,
        ),
    ],
    ids=["v1", "v2", "video"],
)
def test_windows_of_torchvision_are_one_layer(module: nn.Module, sizes: tuple[int, ...], word: str) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attn = module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attn(x * 2)

    net = Net()
    assert layers(graph_of(net, x=sizes)) == [("multiply", "multiply"), ("attn", word)]
    assert said(proved(net, x=sizes)) == []


def test_a_pool_by_powers_is_one_layer() -> None:
    pools = nn.Sequential(nn.LPPool2d(2, 2, stride=1), nn.Flatten(2), nn.LPPool1d(2, 3, ceil_mode=True))
    graph = graph_of(pools, input=(2, 4, 4))
    assert [word for _, word in layers(graph)] == ["lp_pool2d", "flatten", "lp_pool1d"]
    assert said(proved(pools, input=(2, 4, 4))) == []
