"""The passes together: published figures, what they never change, and what is said of them."""

from math import prod

import pytest
from hypothesis import given, settings

from calc.analysis import analyse
from calc.deploy import DEPLOYED, deploy, deployment
from calc.model.graph import Graph
from calc.spec import expand, load, loads
from calc.storages import storages
from tests.calc.graphs import Draft
from tests.normed_specs import normed_specs
from tests.strategies import import_drawing

import_drawing()


@pytest.mark.parametrize(
    "name, said, params, weight_bytes, peak",
    [
        # 52 norms of 17,056 channels had weight and bias; now each is a bias: 3,504,872 − 2 · 17,056 + 17,056 params
        (
            "mobilenetv2",
            "52 norms folded, 35 activations fused, 1 dropout dropped",
            3_504_872 - 17_056,
            None,
            1_505_280,
        ),
        # 22,016 weights of 1 byte and 588 biases of 4
        ("ds_cnn", "9 norms folded, 9 activations fused, 2 dropouts dropped", 22_016 + 588, 22_016 + 4 * 588, 16_000),
        # Ultralytics prints 3,157,200 and after its fuse() 3,151,904
        ("yolov8n", "57 norms folded, 57 activations fused", 3_151_904, None, None),
    ],
)
def test_published_figures(name: str, said: str, params: int, weight_bytes: int | None, peak: int | None) -> None:
    graph = expand(load(name))
    deployed = deploy(graph)
    totals = analyse(deployed, bits="8").totals
    assert str(deployment(graph, deployed)) == said
    assert totals.params == params
    assert weight_bytes in (None, totals.weight_bytes)
    assert peak in (None, totals.peak_activation_bytes)


def test_an_expansion_and_a_depthwise_convolution_of_int8() -> None:
    spec = """
name: expand and depthwise
input: [4, 16, 16]
layers:
  - {conv2d: {out_channels: 24, kernel_size: 1, bias: false}}
  - batch_norm
  - relu6
  - {conv2d: {out_channels: 24, kernel_size: 3, stride: 2, padding: 1, groups: 24, bias: false}}
  - batch_norm
  - relu6
"""
    totals = analyse(deploy(expand(loads(spec))), bits="8").totals
    assert totals.peak_activation_bytes == 24 * 16 * 16 + 24 * 8 * 8
    assert totals.params == 24 * 4 + 24 + 24 * 9 + 24


def every_kind() -> Graph:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("aux", "batch_norm", training_only=True)
    draft.add("drop", "dropout", (conv,))
    draft.add("norm", "batch_norm")
    draft.add("act", "relu")
    draft.add("same", "identity")
    draft.add("shared", "conv2d", out_channels=2, kernel_size=1, shares=conv)
    draft.add("other", "batch_norm")
    draft.add("again", "relu")
    draft.add("last", "conv2d", out_channels=2, kernel_size=1)
    draft.add("folded", "batch_norm")
    return draft.graph()


def test_what_is_said() -> None:
    graph = every_kind()
    found = deployment(graph, deploy(graph))
    assert found.to_json_dict() == {
        "folded": ["folded"],
        "fused": ["norm", "act", "other", "again"],
        "dropped": ["aux", "drop", "same"],
    }
    assert str(found) == (
        "1 norm folded, 2 norms and 2 activations fused, "
        "1 training-only layer and 1 dropout and 1 identity layer dropped"
    )


def test_a_network_with_nothing_to_do_says_so() -> None:
    draft = Draft(4, channels="last")
    draft.add("head", "linear", out_features=3)
    assert deploy(draft.graph()) == draft.graph()
    assert str(deployment(draft.graph(), deploy(draft.graph()))) == "nothing to fold, fuse or drop"


CONV = "{conv2d: {out_channels: 1, kernel_size: 1}}"


@pytest.mark.parametrize(
    "layers, left",
    [
        (f"[{CONV}, {{batch_norm: , repeat: 1000}}]", 1),
        (f"{{a: {{chain: [{CONV}, batch_norm]}}, 'b{{i}}': {{again: a, repeat: 1000}}}}", 1 + 1000),
    ],
)
def test_hundreds_of_norms_in_a_row_and_of_layers_run_again_are_folded_at_once(layers: str, left: int) -> None:
    assert len(deploy(expand(loads(f"name: n\ninput: [1, 2, 2]\nlayers: {layers}\n"))).layers) == left


def test_passes_can_be_chosen() -> None:
    graph = every_kind()
    assert deploy(graph, ()) == graph
    assert deploy(graph, DEPLOYED[:1]) == DEPLOYED[0](graph)


@settings(max_examples=20)
@given(normed_specs())
def test_what_deploying_never_changes(text: str) -> None:
    graph = expand(loads(text))
    deployed = deploy(graph)
    assert deploy(deployed) == deployed
    assert list(deployed.outputs) == list(graph.outputs)
    assert deployed.inputs == graph.inputs
    assert {node.name for node in deployed.nodes} <= {node.name for node in graph.nodes}
    before, after = analyse(graph, bits="8"), analyse(deployed, bits="8")
    assert (after.totals.macs, after.totals.effective_macs) == (before.totals.macs, before.totals.effective_macs)
    assert after.totals.bitops == before.totals.bitops
    if copies(deployed) <= copies(graph):  # a norm may have put the axes in the order that a later view needs
        assert after.totals.peak_activation_bytes <= before.totals.peak_activation_bytes
    assert after.totals.params == params_left(graph, deployed)


def copies(graph: Graph) -> set[str]:
    """The views that have to be copies, since their elements stand in another order."""
    made = storages(graph.nodes).made
    return {node.name for index, node in enumerate(graph.nodes) if node.op.is_view and made[index] == index}


def params_left(before: Graph, after: Graph) -> int:
    """Those of the layers of ``before`` that are left in ``after``, each tensor once, and the biases that came."""
    left = {node.name: node for node in after.nodes}
    elements: dict[tuple[int, str], int] = {}
    for index, node in enumerate(before.nodes):
        if node.name not in left:
            continue
        for name, sizes in node.op.parameters(before.input_shapes(node)).items():
            elements[node.tied.get(name, index), name] = node.copies * prod(sizes)
        if left[node.name].op != node.op:
            assert node.shape.channels is not None
            elements[node.tied.get("weight", index), "bias"] = node.copies * node.shape.channels
    return sum(elements.values())
