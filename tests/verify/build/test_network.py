"""The built network has inputs and outputs in order, and shares tied parameters."""

import pytest
import torch

from calc.analysis import analyse
from calc.model.graph import Graph
from calc.spec import expand, loads
from verify.build import Network, build
from verify.compare import compare_counts
from verify.errors import VerifyError
from verify.measure import measure
from verify.reference import compare_outputs
from verify.verification import verify

pytestmark = pytest.mark.torch

HEADS = """
name: heads
input: {image: [2, 4, 4], tokens: {shape: [3, 2], channels: last}}
layers:
  stem: {conv2d: {out_channels: 3, kernel_size: 1}}
  boxes: {conv2d: {out_channels: 4, kernel_size: 1}, from: stem}
  words: {linear: 5, from: tokens}
output: [words, stem, boxes]
"""

TIED = """
name: tied
input: {shape: [6], dtype: int64}
layers:
  emb: {embedding: {num_embeddings: 9, embedding_dim: 4}}
  mix: {linear: 4}
  head: {linear: {out_features: 9}, shares: emb}
"""


def graph_of(text: str) -> Graph:
    return expand(loads(text))


def test_inputs_are_taken_and_outputs_given_in_order() -> None:
    network = build(graph_of(HEADS))
    image, tokens = Network.sample(graph_of(HEADS), 2)
    assert (image.shape, tokens.shape) == ((2, 2, 4, 4), (2, 3, 2))
    words, stem, boxes = network(image, tokens)
    layers = network.layers
    assert torch.equal(words, layers["words"](tokens))
    assert torch.equal(stem, layers["stem"](image))
    assert torch.equal(boxes, layers["boxes"](stem))


def test_a_single_output_is_no_tuple() -> None:
    network = build(graph_of("{name: n, input: {a: [3], b: [3]}, layers: {x: {add: , from: [a, b]}}}"))
    one, two = torch.ones(2, 3), torch.zeros(2, 3)
    assert torch.equal(network(one, two), one)
    with pytest.raises(VerifyError, match="the network has 2 inputs, but got 1"):
        network(one)


def test_the_whole_check_agrees_on_several_inputs_and_outputs() -> None:
    for bits in ("fp32", "4"):
        assert verify(analyse(graph_of(HEADS), bits=bits, batch=2)).agrees
    assert verify(analyse(graph_of(HEADS)), device="meta").agrees


def test_an_output_that_the_network_does_not_return_is_a_mismatch() -> None:
    analysis = analyse(graph_of(HEADS))
    network = build(analysis.graph)
    network.outputs = network.outputs[:2]
    measured = measure(network, network.layers, Network.sample(analysis.graph, 1))
    assert [str(each) for each in compare_counts(analysis, measured)] == [
        "total: outputs [(1, 3, 5), (1, 3, 4, 4), (1, 4, 4, 4)] by calc, [(1, 3, 5), (1, 3, 4, 4)] by the network"
    ]


class Plain(torch.nn.Module):
    """The network of HEADS; ``wrong`` names the output that is changed."""

    def __init__(self, wrong: int | None = None, outputs: int = 3) -> None:
        super().__init__()
        self.stem, self.boxes, self.words = torch.nn.Conv2d(2, 3, 1), torch.nn.Conv2d(3, 4, 1), torch.nn.Linear(2, 5)
        self.wrong, self.count = wrong, outputs

    def forward(self, image: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, ...]:
        stem = self.stem(image)
        found = [self.words(tokens), stem, self.boxes(stem)]
        if self.wrong is not None:
            found[self.wrong] = found[self.wrong] * 1.001
        return tuple(found[: self.count])


@pytest.mark.parametrize("wrong", [None, 0, 1, 2])
def test_every_output_is_compared_with_the_references(wrong: int | None) -> None:
    network, reference = build(graph_of(HEADS)), Plain(wrong)
    reference.load_state_dict(network.state_dict())
    inputs = Network.sample(graph_of(HEADS), 1)
    assert compare_outputs(network, reference, "plain", inputs).identical == (wrong is None)


def test_a_reference_with_other_outputs_is_told() -> None:
    network, reference = build(graph_of(HEADS)), Plain(outputs=2)
    found = compare_outputs(network, reference, "plain", Network.sample(graph_of(HEADS), 1))
    assert found.key_differences == ("plain returns 2 outputs, but the spec's network returns 3",)


def test_tied_tensors_are_one_parameter() -> None:
    network = build(graph_of(TIED))
    layers = network.layers
    assert layers["head"].weight is layers["emb"].weight
    assert layers["head"].bias.shape == (9,)
    assert sum(each.numel() for each in network.parameters()) == 9 * 4 + 4 * 4 + 4 + 9
    assert verify(analyse(graph_of(TIED), bits="4")).agrees


def test_a_network_whose_head_has_a_table_of_its_own_does_not_agree() -> None:
    analysis = analyse(graph_of(TIED))
    network = build(analysis.graph)
    network.layers["head"].weight = torch.nn.Parameter(network.layers["emb"].weight.clone())
    measured = measure(network, network.layers, Network.sample(analysis.graph, 1))
    assert [str(each) for each in compare_counts(analysis, measured)] == [
        "head: params 9 by calc, 45 by hooks",
        "total: params 65 by calc, 101 by hooks",
    ]
