import pytest
import torch
from torch import nn
from torchvision.models.swin_transformer import ShiftedWindowAttention, ShiftedWindowAttentionV2
from torchvision.models.video.swin_transformer import ShiftedWindowAttention3d

from calc.errors import SpecError
from tests.verify.importers.modules import fields, graph_of, layers, lowered_of
from tests.verify.importers.proving import held_against, proved, said


class Attends(nn.Module):
    """``how`` chooses the queries, keys and values of its attention."""

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
    assert fields(graph, "attn") == {
        "num_heads": 2,
        "bias": False,
        "add_bias_kv": True,
        "add_zero_attn": False,
        "is_causal": False,
    }


class Masked(nn.Module):
    """Attention that gets its mask in one of the ways ``how``."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True, add_bias_kv=how == "and a key more")
        self.register_buffer("mask", torch.ones(5, 5, dtype=torch.bool).triu(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        masks = {"a buffer of booleans": self.mask, "of two places": added.triu(2)}
        mask = masks.get(self.how, added)
        flags = {"is_causal": self.how == "with the flag", "need_weights": self.how == "with weights"}
        return self.attn(x, x, x, attn_mask=mask, **flags)[0]


@pytest.mark.parametrize("how", ["with the flag", "without", "with weights", "a buffer of booleans"])
def test_causal_attention_is_one_layer(how: str) -> None:
    found = lowered_of(Masked(how), x=(5, 8))
    assert ("attn", "multihead_attention") in layers(found.imported.graph)
    assert fields(found.imported.graph, "attn")["is_causal"] is True
    proof = held_against(found)
    assert (said(proof), proof.macs) == ([], 5 * 4 * 8 * 8 + 2 * 5 * 5 * 8)  # projections; q kᵀ and (…) v, all pairs


@pytest.mark.parametrize("how", ["of two places", "and a key more"])
def test_another_mask_stays_as_the_operations_that_it_is(how: str) -> None:
    found = lowered_of(Masked(how), x=(5, 8))
    assert "multihead_attention" not in [word for _, word in layers(found.imported.graph)]
    assert said(held_against(found)) == []


@pytest.mark.parametrize("flag", [True, None])
def test_layers_of_a_transformer_with_masks_are_their_modules(flag: bool | None) -> None:
    """The self-attention of a decoder is causal, and it sees the whole memory."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1)
            self.decoder = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)

        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            x_mask, y_mask = (nn.Transformer.generate_square_subsequent_mask(each.shape[1]) for each in (x, y))
            memory = self.encoder(x, mask=x_mask, is_causal=flag)
            return self.decoder(y, memory, tgt_mask=y_mask, tgt_is_causal=bool(flag))

    found = lowered_of(Net(), x=(3, 8), y=(5, 8))
    causal = {
        node.name: node.op.values()["is_causal"]
        for node in found.imported.graph.layers
        if node.op.word == "multihead_attention"
    }
    own, memory = "decoder.self_attn", "decoder.multihead_attn"
    assert causal == {"encoder.layers.0.self_attn": True, own: True, memory: False}
    assert said(held_against(found)) == []


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
