from collections import OrderedDict

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from calc.spec.write import require_same, spec_text
from tests.verify.importers.modules import fields, graph_of, layers, loaded, lowered_of
from tests.verify.importers.proving import held_against, proved, said
from verify.importers import imported, lowered, traced
from verify.importers.registry import NEAR, lower_of


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(x + self.bn(self.conv(self.act(x * 1.0))))


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.blocks = nn.Sequential(Block(4), Block(4))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.stem(x))
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1)).flatten(1)
        return self.head(self.drop(x))


def test_layers_are_called_as_their_tensors_and_modules_are() -> None:
    graph = graph_of(Small(), x=(3, 9, 9))
    assert layers(graph) == [
        ("stem", "conv2d"),
        *[
            (f"blocks.{block}.{name}", word)
            for block in (0, 1)
            for name, word in [
                ("multiply", "multiply"),
                ("act", "relu"),
                ("conv", "conv2d"),
                ("bn", "batch_norm"),
                ("add", "add"),
                ("act2", "relu"),
            ]
        ],
        ("adaptive_avg_pool2d", "adaptive_avg_pool2d"),
        ("flatten", "flatten"),
        ("drop", "dropout"),
        ("head", "linear"),
    ]
    assert fields(graph, "stem")["stride"] == 2
    assert fields(graph, "drop") == {"p": 0.1}
    require_same(graph, spec_text(graph))


def test_classes_of_scopes_are_kept() -> None:
    imported = lowered_of(Small(), x=(3, 9, 9)).imported
    assert imported.classes[""] == "Small"
    assert imported.classes["blocks.1"] == "Block"
    assert imported.source == "test:net"


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tower(self.tower(x))


def test_a_module_called_twice_has_its_tensors_once() -> None:
    graph = graph_of(Twice(), x=(3, 4, 4))
    assert [node.name for node in graph.layers if node.again] == ["tower2.0", "tower2.1", "tower2.2"]
    assert [node.tied.get("weight") for node in graph.layers] == [None, None, None, 1, 2, None]
    require_same(graph, spec_text(graph))
    classes = lowered_of(Twice(), x=(3, 4, 4)).imported.classes
    assert classes["tower2"] == classes["tower"] == "Sequential"


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.second = nn.Linear(4, 4, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x))


def test_tied_parameters_are_one() -> None:
    result = lowered_of(Tied(), x=(4,))
    graph = result.imported.graph
    assert [(node.name, node.shares) for node in graph.layers] == [("first", None), ("second", 1)]
    assert graph.nodes[2].tied == {"weight": 1}


class PartlyTied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x))


def test_layers_that_share_one_of_their_tensors_read_it() -> None:
    module = PartlyTied()
    graph = lowered_of(module, x=(4,)).imported.graph
    assert layers(graph) == [
        ("first.weight", "tensor"),
        ("first.bias", "tensor"),
        ("first.linear", "linear"),
        ("second.bias", "tensor"),
        ("second.linear", "linear"),
    ]
    assert said(proved(module, x=(4,))) == []


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(4, 4)
        self.unused = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.used(x)


def test_tensors_that_nothing_reads_are_kept_and_not_run() -> None:
    graph = graph_of(Unused(), x=(4,))
    assert [(node.name, node.training_only) for node in graph.layers] == [
        ("used", False),
        ("unused.weight", True),
        ("unused.bias", True),
    ]
    require_same(graph, spec_text(graph))


class Unknown(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Module()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(torch.special.i0(x)) + torch.special.erfcx(x)


def test_unknown_operations_are_named_all_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        lowered_of(Unknown(), x=(3, 4, 4))
    assert [problem.fact for problem in caught.value.problems] == [
        "calc has no op for aten.special_i0.default",
        "calc has no op for aten.special_erfcx.default",
    ]


class Complex(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.fft.rfft2(x).abs()


def test_what_an_unknown_operation_makes_is_ids_where_it_makes_integers_alone() -> None:
    graph = lowered(traced(loaded(Complex(), x=(3, 4, 4))), opaque=True).imported.graph
    assert [(node.op.word, node.output.dtype) for node in graph.layers] == [("opaque", "float32"), ("abs", "float32")]


def test_unknown_operations_stay_where_that_is_asked_for() -> None:
    result = lowered(traced(loaded(Unknown(), x=(3, 4, 4))), opaque=True)
    graph = result.imported.graph
    assert layers(graph) == [
        ("opaque", "opaque"), ("conv", "conv2d"), ("opaque2", "opaque"), ("add", "add"),
    ]  # fmt: skip
    assert fields(graph, "opaque")["op"] == "aten.special_i0.default"
    assert fields(graph, "opaque")["shape"] == (3, 4, 4)
    require_same(graph, spec_text(graph))


class Turned(nn.Module):
    """Works angles out of constants in every call, by a product, which says positions too."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.tensor([1.0, 0.1]), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        at = torch.arange(5, dtype=torch.float32)
        angles, _ = (at[:, None] @ self.frequencies[None]).expand(2, 5, 2).unbind()
        return (x * angles.cos())[:, angles[:, 0].long().flip(0)]


def test_products_of_constants_are_work_of_the_network() -> None:
    proof = proved(Turned(), x=(5, 2))
    assert (said(proof), proof.macs) == ([], 5 * 1 * 2)


class NotTaken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.proj(x)
        return x + torch.einsum("bij,bjk,bkl->bil", x, x, x)


def test_an_operation_whose_arguments_are_not_taken_stays_with_the_reason() -> None:
    with pytest.raises(SpecError, match="einsum of 3 tensors; calc's takes 2"):
        lowered_of(NotTaken(), x=(4, 4))
    graph = lowered(traced(loaded(NotTaken(), x=(4, 4))), opaque=True).imported.graph
    assert layers(graph) == [("proj", "linear"), ("opaque", "opaque"), ("add", "add")]
    assert fields(graph, "opaque")["reason"] == "einsum of 3 tensors; calc's takes 2"
    assert graph.nodes[2].inputs == (1,)
    require_same(graph, spec_text(graph))


class Mixing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(2, -1)


def test_what_mixes_samples_is_refused() -> None:
    with pytest.raises(SpecError, match=r"mixes the samples of a batch"):
        lowered_of(Mixing(), x=(4,))


@pytest.mark.parametrize("name", ["resnet18", pytest.param("mobilenet_v2", marks=pytest.mark.zoo)])
def test_a_network_of_torchvision_is_our_spec(name: str) -> None:
    from calc.model.graph import buffers, parameters
    from calc.spec.expand import expand
    from calc.spec.load import load

    ours, theirs = expand(load(name)), imported(f"torchvision/{name}").graph
    assert parameters(theirs) == parameters(ours)
    assert buffers(theirs) == buffers(ours)
    assert [node.shape.sizes for node in theirs.layers] == [node.shape.sizes for node in ours.layers]


class Windows(nn.Module):
    """Its first layer adds something that not all of its like do; a second call of one of them has another name."""

    def __init__(self, shifted: bool) -> None:
        super().__init__()
        self.shifted = shifted
        self.proj = nn.Linear(4, 4)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.shifted:
            x = x * 1.5
            x = self.act(x)
        return (self.act(self.proj(x)) + x) * 0.5 * 2.0


def test_what_only_some_modules_of_a_class_run_shifts_no_number_of_the_others() -> None:
    graph = graph_of(nn.Sequential(Windows(False), Windows(True)), input=(4,))
    found = [name for name, word in layers(graph) if word in ("multiply", "relu")]
    assert found == [
        "0.act", "0.multiply2", "0.multiply3", "1.multiply", "1.act", "1.act2", "1.multiply2", "1.multiply3",
    ]  # fmt: skip


class TiedTransposed(nn.Module):
    """Its table and its layer are read as they are too: transposed, as one factor of a product, added."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(5, 3)
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.encoder(x) * self.scale * self.scale
        return nn.functional.linear(x, self.encoder.weight.t()) @ self.encoder.weight.t() + self.encoder.bias


def test_a_weight_that_is_used_transposed_too_is_counted_once() -> None:
    graph = graph_of(TiedTransposed(), x=(5,))
    assert ("encoder.weight", "tensor") in layers(graph)
    assert said(proved(TiedTransposed(), x=(5,))) == []


class TransposedLstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0] @ self.lstm.weight_ih_l0.t()


def test_a_layer_that_cannot_read_its_tensors_is_refused_where_they_are_used_otherwise_too() -> None:
    with pytest.raises(SpecError) as caught:
        lowered_of(TransposedLstm(), x=(5, 4))
    (problem,) = caught.value.problems
    assert problem.layer == "lstm"
    assert problem.fact == "other code reads lstm.weight_ih_l0 too, but calc's lstm needs tensors that only it holds"


class Timed(nn.Module):
    """Adds a product with the time step of each sample, which is one number."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return self.fc(x) * t[:, None].cos()


def test_an_input_of_one_number_in_each_sample() -> None:
    proof = proved(Timed(), x=(4,), t=())
    assert (said(proof), proof.macs) == ([], 4 * 3)


class TiedHead(nn.Module):
    """A head that is a function of the table of the tokens, so that the state dict has no name for it."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(11, 4)
        self.inner = nn.Linear(4, 4)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(self.inner(self.tokens(ids)), self.tokens.weight)


def test_a_head_that_is_a_function_of_the_tokens_table_reads_it() -> None:
    """5 tokens: 5 · (4 · 4 + 4 · 11) MACs; 11 · 4 + 4 · 4 + 4 parameters."""
    proof = proved(TiedHead(), ids=(5,))
    assert (said(proof), proof.macs, proof.params) == ([], 5 * (4 * 4 + 4 * 11), 11 * 4 + 4 * 4 + 4)


class SameNames(nn.Module):
    """Modules with the names of the arguments that they read."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Linear(4, 3))
        self.text = nn.Linear(5, 3)

    def forward(self, image: torch.Tensor, text: torch.Tensor, text_in: torch.Tensor) -> torch.Tensor:
        return self.image(image) * self.text(text) + text_in


def test_an_input_with_the_name_of_a_module_gets_another() -> None:
    found = lowered_of(SameNames(), image=(4,), text=(5,), text_in=(3,))
    assert list(found.imported.graph.inputs) == ["image_in", "text_in", "text_in2"]
    assert found.imported.remarks == (
        "The input image is called image_in here, because a module has its name.",
        "The input text is called text_in here, because a module has its name.",
    )
    assert said(held_against(found)) == []


def test_the_only_input_has_its_name_if_a_module_is_called_input() -> None:
    module = nn.Sequential(OrderedDict(input=nn.Linear(4, 3)))  # the argument of its forward is called input too
    found = lowered_of(module, input=(4,))
    assert list(found.imported.graph.inputs) == ["input_in"]
    assert said(held_against(found)) == []


def test_a_hint_about_an_op_that_is_near_is_for_one_that_calc_does_not_have() -> None:
    assert [name for name in NEAR if lower_of(name) is not None] == []
    with pytest.raises(SpecError) as caught:
        lowered_of(Sorted(), x=(4,))
    assert caught.value.problems[0].hint.startswith("near: topk of all elements, without their positions; calc import")


class Sorted(nn.Module):
    """Sorts the features of each sample."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sort(-1).values
