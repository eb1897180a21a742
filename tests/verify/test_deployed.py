"""Deployed networks give the same outputs as before, and a pass that does too much is found."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from calc.analysis import analyse
from calc.deploy import deploy
from calc.frozen import FrozenDict
from calc.model.graph import Graph
from calc.spec import expand, load, loads
from tests.normed_specs import normed_specs
from tests.strategies import import_drawing
from verify import fold
from verify.build import Network, build
from verify.compare import compare_counts
from verify.deployed import DeployedOutputs, compare_deployed
from verify.errors import VerifyError
from verify.measure import measure
from verify.peak import measured_peak_bytes, planned_peak_bytes
from verify.report import differences, verification_verdict
from verify.verification import verify

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
    pytest.mark.filterwarnings("ignore:LSTM with projections"),
]

import_drawing()

FOLD = import_module("calc.deploy.fold_norms")  # the package has the functions under these names
FUSE = import_module("calc.deploy.fuse_activations")

SPEC = """
name: towers
input: [4, 8, 8]
blocks:
  Unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}, batch_norm, silu]}
layers:
  tower: Unit
  second: {again: tower}
  drop: dropout
  conv: {conv2d: {out_channels: 4, kernel_size: 1}}
  norm: {batch_norm: {eps: 0.1}}
  sum: {add: , from: [drop, norm]}
  act: relu6
  own: {conv2d: {out_channels: 4, kernel_size: 1}, shares: conv}
  its: batch_norm
  prelu: prelu
  batch: {batch_norm: {track_running_stats: false}}
  aux: {conv2d: {out_channels: 9, kernel_size: 1}, training_only: true}
  up: {conv_transpose2d: {out_channels: 6, kernel_size: 2, stride: 2, groups: 2}, from: batch}
  last: {frozen_batch_norm: {eps: 0.01}}
"""


def compared(graph: Graph) -> DeployedOutputs:
    return compare_deployed(graph, deploy(graph))


def test_a_network_with_some_of_everything() -> None:
    found = verify(analyse(loads(SPEC), bits="8", deployed=True, batch=2))
    assert found.mismatches == ()
    assert found.deployed is not None
    assert found.agrees
    assert str(found.analysis.deployment) == (
        "3 norms folded, 4 activations and 2 norms fused, 1 dropout and 1 training-only layer dropped"
    )
    assert "): outputs equal to " in verification_verdict(found)
    # the norm of the batch reads 4 channels and writes 4: all that is fused has no tensor of its own
    assert found.peak_bytes == 2 * 4 * (4 * 64 + max(4 * 64, 6 * 256))


EXPERTS = """
name: normed experts
input: {shape: [5, 4], channels: last}
blocks: {Normed: {layers: [{linear: {out_features: 6, bias: false}}, batch_norm, relu, dropout, {linear: 4}]}}
layers:
  router: {linear: 3}
  moe: {experts: {expert: Normed, count: 3, active: 2}, from: [input, router]}
"""
AGAIN = """
name: the norm again
input: [4, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 1}}
  norm: batch_norm
  pool: {max_pool2d: 2}
  twice: {again: norm}
  thrice: {batch_norm: , shares: norm}
"""
NOTHING = "{name: nothing, input: [4], layers: [dropout]}"


@pytest.mark.parametrize(
    "spec, said",
    [
        (EXPERTS, "1 norm folded, 1 activation fused, 1 dropout dropped"),
        (AGAIN, "1 norm folded, 1 norm fused"),
        (NOTHING, "nothing to fold, fuse or drop"),
    ],
)
def test_odd_networks(spec: str, said: str) -> None:
    found = verify(analyse(loads(spec), deployed=True))
    assert str(found.analysis.deployment) == said
    assert found.agrees, (found.mismatches, found.deployed)


def faulty(graph: Graph) -> tuple[str, str]:
    """The first layer that differs, and the message about it."""
    outputs = compared(graph)
    assert not outputs.equal
    assert outputs.first is not None
    return outputs.first.layer, outputs.first.fact


def test_a_wrong_epsilon_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    true = fold.scale_and_shift

    def wrong(norm: torch.nn.Module, *others: Any) -> tuple[torch.Tensor, torch.Tensor]:
        if norm.eps != 0.1:
            return true(norm, *others)
        norm.eps = 0.1 + 1e-6
        try:
            return true(norm, *others)
        finally:
            norm.eps = 0.1

    text = SPEC[: SPEC.index("  own:")]
    assert compared(expand(loads(text))).equal
    monkeypatch.setattr(fold, "scale_and_shift", wrong)
    layer, fact = faulty(expand(loads(text)))
    assert layer == "conv"
    assert "second.2 is the last equal layer" in fact


def test_a_fold_across_a_shared_layer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = expand(loads(SPEC))
    monkeypatch.setattr(FOLD, "_users", lambda nodes: {index: [index] for index in range(len(nodes))})
    monkeypatch.setattr(FOLD, "tensors_of", lambda _nodes, index: {index})
    assert faulty(graph)[0] == "conv"


def once(graph: Graph) -> Any:
    return dict.fromkeys(range(len(graph.nodes)), 1)


READ_TWICE = """
name: read twice
input: [2, 4, 4]
layers:
  conv: {conv2d: {out_channels: 2, kernel_size: 1}}
  norm: FOLLOWER
  sum: {add: , from: [conv, norm]}
"""


@pytest.mark.parametrize("follower, module", [("batch_norm", FOLD), ("tanh", FUSE)])
def test_a_layer_that_others_read_too_is_found(monkeypatch: pytest.MonkeyPatch, follower: str, module: Any) -> None:
    graph = expand(loads(READ_TWICE.replace("FOLLOWER", follower)))
    assert compared(graph).equal
    monkeypatch.setattr(module, "times_read", once)
    assert not compared(graph).equal
    found = verify(analyse(graph, deployed=True))
    assert not found.agrees
    assert any("DIFFERS from the network as written, first at " in said for said in differences(found))


OF_BATCH = """
name: of the batch
input: [2, 4, 4]
layers:
  conv: {conv2d: {out_channels: 3, kernel_size: 1}}
  norm: {batch_norm: {track_running_stats: false}}
"""


def test_a_norm_of_the_batch_that_is_folded_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FOLD, "is_affine_norm", lambda op: op.word == "batch_norm")
    assert not compared(expand(loads(OF_BATCH))).equal


def test_a_norm_that_goes_before_any_layer_is_told() -> None:
    graph = expand(loads("{name: n, input: [2, 4, 4], layers: {n: batch_norm, a: relu}}"))
    nodes = (graph.nodes[0], graph.nodes[2]._replace(inputs=(0,)))
    outputs = compare_deployed(graph, replace(graph, nodes=nodes, outputs=FrozenDict({"a": 1})))
    assert not outputs.equal
    assert (
        str(outputs)
        == "the weights do not fit the deployed network: n: cannot be folded, because input before it has no weights"
    )


def test_outputs_that_are_all_one_value_show_nothing() -> None:
    with pytest.raises(VerifyError, match="are all equal, so they show no difference"):
        compared(expand(loads("{name: n, input: [2, 4, 4], layers: [relu, {multiply: {value: 0}}]}")))


def test_an_activation_that_has_a_tensor_after_all_is_found() -> None:
    spec = "{name: n, input: {shape: [2], channels: last}, layers: [{linear: 5}, tanh]}"
    fused = analyse(loads(spec), deployed=True)
    nodes = tuple([node._replace(fused=False) for node in fused.graph.nodes])
    assert planned_peak_bytes(fused) == measured_peak_bytes(fused, build(fused.graph)) == 4 * (2 + 5)
    assert measured_peak_bytes(fused, build(replace(fused.graph, nodes=nodes))) == 4 * (5 + 5)


@pytest.mark.parametrize("name", ["mobilenetv2", "ds_cnn"])
def test_packaged_networks(name: str) -> None:
    assert compared(expand(load(name), input=(3, 32, 32) if name == "mobilenetv2" else None)).equal


def agreeing(examples: int) -> Callable[[], None]:
    @settings(max_examples=examples)
    @given(normed_specs())
    def agree(text: str) -> None:
        graph = expand(loads(text))
        analysis = analyse(graph, bits="8", deployed=True)
        network = build(analysis.graph)
        measured = measure(network, network.layers, Network.sample(analysis.graph, 1))
        assert [str(mismatch) for mismatch in compare_counts(analysis, measured)] == []
        assert planned_peak_bytes(analysis) == measured_peak_bytes(analysis, network)
        try:
            outputs = compared(graph)
        except VerifyError:  # what shows no difference
            return
        assert outputs.equal, outputs

    return agree


def test_drawn_networks() -> None:
    agreeing(8)()


@pytest.mark.zoo
def test_many_drawn_networks() -> None:
    agreeing(300)()
