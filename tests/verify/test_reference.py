"""The comparison with a published network finds differences in every output, and accepts rounding."""

import math
from dataclasses import replace

import pytest
import torch

from calc.ops import op_class
from calc.spec import load
from calc.spec.expand import expand
from verify.build import Inputs, Network, build
from verify.errors import VerifyError
from verify.reference import Identity, build_reference, compare_outputs, compare_with_reference, give_weights


def paired(spec: str, *sizes: int) -> tuple[Network, torch.nn.Module, Inputs, str]:
    graph = expand(load(spec), input=sizes)
    assert graph.reference is not None
    reference = build_reference(graph.reference, sizes=sizes)
    return build(graph, initialise=False), reference, Network.sample(graph, 1), graph.reference


def test_identical_networks() -> None:
    network, reference, inputs, name = paired("squeezenet1_1", 3, 64, 48)
    identity = compare_with_reference(network, reference, name, inputs)
    assert (identity.identical, identity.max_difference, identity.outputs) == (True, 0.0, "identical")


def test_rounding_in_float32_is_settled_in_float64() -> None:
    network, reference, inputs, name = paired("squeezenet1_1", 3, 64, 48)
    give_weights(network, reference)
    convolution = network.layers["features.0"]
    plain = convolution.forward
    # stands for rounding: it is there in float32 only
    convolution.forward = lambda x: plain(x) * (1 + 1e-15) if x.dtype == torch.float64 else plain(x) * (1 + 1e-4)
    identity = compare_outputs(network, reference, name, inputs)
    assert identity.dtype == torch.float64
    assert identity.identical
    assert identity.outputs.endswith("in float64")
    assert next(network.parameters()).dtype == next(reference.parameters()).dtype == torch.float32


def test_a_real_difference_stays_one_in_float64() -> None:
    network, reference, inputs, name = paired("squeezenet1_1", 3, 64, 48)
    give_weights(network, reference)
    convolution = network.layers["features.0"]
    plain = convolution.forward
    convolution.forward = lambda x: plain(x) * (1 + 1e-4)
    identity = compare_outputs(network, reference, name, inputs)
    assert not identity.identical
    assert identity.outputs.startswith("DIFFER by ")


@pytest.mark.zoo
def test_one_eps_too_small_for_float32_is_seen_in_float64() -> None:
    model, sizes = load("vit_b_32"), (3, 64, 64)
    reference = build_reference("torchvision/vit_b_32", sizes=sizes)
    graph = expand(model, input=sizes)
    last = "encoder.layers.encoder_layer_11.ln_2"
    other = op_class("layer_norm")(eps=1e-5)
    nodes = tuple(node._replace(op=other) if node.name == last else node for node in graph.nodes)
    mutant = build(replace(graph, nodes=nodes), initialise=False)
    identity = compare_with_reference(mutant, reference, "torchvision/vit_b_32", Network.sample(graph, 1))
    assert 1e-9 < identity.relative_difference < 1e-5  # float32 would take it for rounding
    assert (identity.dtype, identity.identical) == (torch.float64, False)


@pytest.mark.parametrize("layer", ["aux", pytest.param("out", marks=pytest.mark.zoo)])
def test_each_of_several_outputs_counts(layer: str) -> None:
    network, reference, inputs, name = paired("deeplabv3_mobilenet_v3_large", 3, 64, 48)
    give_weights(network, reference)
    upsample = network.layers[layer]
    plain = upsample.forward
    assert compare_outputs(network, reference, name, inputs).max_difference == 0.0
    upsample.forward = lambda *tensors: plain(*tensors) + 1
    assert not compare_outputs(network, reference, name, inputs).identical


@pytest.mark.parametrize("layer, value", [("out", math.nan), ("aux", math.inf)])
def test_no_output_may_be_other_than_finite(layer: str, value: float) -> None:
    network, reference, inputs, name = paired("deeplabv3_mobilenet_v3_large", 3, 64, 48)
    give_weights(network, reference)
    upsample = network.layers[layer]
    plain = upsample.forward

    def with_one(*tensors: torch.Tensor) -> torch.Tensor:
        output = plain(*tensors)
        output[0, 0, 0, 0] = value
        return output

    upsample.forward = with_one
    identity = compare_outputs(network, reference, name, inputs)
    words = f"the output {layer} of {name} is finite, but 1 of the spec's {21 * 64 * 48} values are not"
    assert identity.key_differences == (words,)
    assert (identity.identical, identity.outputs) == (False, "not compared")


def test_a_flat_output_proves_nothing() -> None:
    network, reference, inputs, name = paired("squeezenet1_1", 3, 64, 48)
    give_weights(network, reference)
    for parameter in reference.parameters():
        torch.nn.init.zeros_(parameter)
    with pytest.raises(VerifyError, match="nearly constant"):
        compare_outputs(network, reference, name, inputs)


def test_networks_built_for_one_size_are_built_for_the_input() -> None:
    network, reference, inputs, name = paired("vit_b_32", 3, 64, 64)
    tokens = 1 + (64 // 32) ** 2
    assert reference.state_dict()["encoder.pos_embedding"].shape == (1, tokens, 768)
    assert compare_with_reference(network, reference, name, inputs).identical


def test_in_words() -> None:
    assert Identity("n", (), None, None).outputs == "not run"
    assert Identity("n", ("k: only in the reference",), None, None).outputs == "not compared"
    assert Identity("n", (), 2e-13, 2.0, torch.float64).outputs == "equal to 1e-13 in float64"
    assert Identity("n", (), 2e-6, 2.0, torch.float64).outputs == "DIFFER by 1e-06 in float64"
    assert Identity("n", (), 2e-6, 2.0).outputs == "DIFFER by 1e-06 in float32"
