"""The whole check on real networks, and totals of other widths, sizes and batches taken from torch itself."""

import json
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import mobilenet_v2

from calc.analysis import analyse
from calc.ops import op_class
from calc.ops.linear import Linear
from calc.report.pages import render
from calc.spec import expand, load
from verify import report
from verify.errors import VerifyError
from verify.published import published
from verify.verification import verify


def torch_macs(network: torch.nn.Module, *sizes: int) -> int:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network.to("meta").eval()(torch.empty(sizes, device="meta"))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("width, resolution, batch", [(0.5, 224, 1), (1.0, 160, 1), (1.0, 224, 8), (1.4, 97, 3)])
def test_mobilenetv2_is_what_torch_says(width: float, resolution: int, batch: int) -> None:
    with torch.device("meta"):
        reference = mobilenet_v2(width_mult=width)
    totals = analyse(load("mobilenetv2"), {"width": width, "resolution": resolution}, batch=batch).totals
    assert totals.macs == torch_macs(reference, batch, 3, resolution, resolution)
    assert totals.params == sum(parameter.numel() for parameter in reference.parameters())
    assert type(totals.macs) is int


def test_bytes_of_each_role_are_those_of_torchs_modules() -> None:
    with torch.device("meta"):
        reference = mobilenet_v2().half()
    half = analyse(load("mobilenetv2"), bits="fp16")
    assert half.totals.weight_bytes == sum(parameter.nbytes for parameter in reference.parameters())
    by_role = dict.fromkeys(["weights", "head", "biases", "norms"], 0)
    for module in reference.modules():
        for name, parameter in module.named_parameters(recurse=False):
            role = "biases" if name == "bias" else "head" if isinstance(module, torch.nn.Linear) else "weights"
            by_role["norms" if isinstance(module, torch.nn.BatchNorm2d) else role] += parameter.nbytes
    assert half.weight_bytes_by_role == by_role
    int4 = half.with_bits("4:llm").weight_bytes_by_role
    assert int4 == by_role | {"weights": by_role["weights"] // 4}


def test_mobilenetv2_agrees_layer_by_layer_and_is_torchvisions() -> None:
    model = load("mobilenetv2")
    found = verify(analyse(model, bits="adaptive", input=(3, 96, 64)), against=True)
    assert found.mismatches == ()
    assert found.identity is not None
    assert (found.identity.key_differences, found.identity.max_difference) == ((), 0.0)
    assert len(found.bitops) == 53
    assert all(row.bitops is not None for row in found.bitops.values())
    assert [row.agrees for row in published(model)] == [True, True]
    assert "53 layers with MACs, 3 independent counts, 0 differences" in report.verification_verdict(found)
    assert "outputs identical (max |Δ| = 0)" in report.verification_verdict(found)
    document = json.loads(report.to_json(found))
    assert document["schema"] == "calc.verify/1"
    assert document["agrees"] is True
    assert sum(layer["dispatcher"]["macs"] for layer in document["layers"]) == found.analysis.totals.macs


@pytest.mark.zoo
def test_a_wrong_activation_is_not_the_reference() -> None:
    model = load("resnet18")
    found = verify(analyse(model, input=(3, 40, 40)), against=True)
    assert found.agrees
    graph = expand(model, None, (3, 40, 40))
    nodes = tuple(
        node._replace(op=op_class("gelu")()) if node.name == "layer3.1.relu1" else node for node in graph.nodes
    )
    mutant = verify(analyse(replace(graph, nodes=nodes)), against=True)
    assert mutant.mismatches == ()
    assert not mutant.agrees
    assert "outputs DIFFER" in report.verification_verdict(mutant)
    first, empty, *_ = render(report.page(mutant), "table").splitlines()
    # torchvision has one relu for both places, by another name than either of ours
    assert first.startswith(
        "DIFFERS from torchvision/resnet18, first at layer3.1.conv2 (conv2d): its output differs by"
    )
    assert "; layer3.1.bn1 is the last equal layer, and layer3.1.relu1 before it cannot be compared" in first
    assert empty == ""
    assert json.loads(report.to_json(mutant))["reference"]["first_difference"]["layer"] == "layer3.1.conv2"
    assert report.differences(found) == []


def test_meta_counts_without_running() -> None:
    found = verify(analyse(load("alexnet"), bits="8"), against=True, device="meta")
    assert found.agrees
    assert found.measured.macs == 714_188_480
    assert found.identity is not None
    assert found.identity.max_difference is None


def test_a_spec_without_reference_cannot_be_compared() -> None:
    with pytest.raises(VerifyError, match="has no reference"):
        verify(analyse(load("seed_depthwise_example"), bits="4"), against=True)


def test_every_difference_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Linear.macs

    def doubled(self, inputs, output):  # type: ignore[no-untyped-def]  # the signature of the rule
        return tuple(product._replace(macs=2 * product.macs) for product in true(self, inputs, output))

    monkeypatch.setattr(Linear, "macs", doubled)
    found = verify(analyse(load("seed_notebook"), bits="8"))
    assert [(m.layer, m.quantity, m.calc, m.measured, m.way) for m in found.mismatches] == [
        ("classifier", "macs", 2 * 256 * 10, 256 * 10, "the dispatcher"),
        ("classifier", "macs", 2 * 256 * 10, 256 * 10, "the probe"),
        ("classifier", "bitops.weight", 2 * 256 * 10 * 8, 256 * 10 * 8, "its codes"),
    ]
    assert f"classifier: macs {2 * 256 * 10} by calc, {256 * 10} by the probe" in render(report.page(found), "table")
