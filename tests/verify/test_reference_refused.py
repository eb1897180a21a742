"""Missing weights, failed downloads and outputs with other names of a reference end in a message."""

from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision import models

from calc.analysis import analyse
from calc.spec import expand, load
from verify.build import Network, build
from verify.errors import VerifyError
from verify.published import published
from verify.reference import build_reference, compare_with_reference
from verify.verification import verify

pytestmark = pytest.mark.torch


def test_a_name_of_no_entry() -> None:
    with pytest.raises(VerifyError, match="torchvision/squeezenet1_1 has no weights NOPE") as caught:
        build_reference("torchvision/squeezenet1_1", "NOPE")
    assert caught.value.hint == "known here: DEFAULT, IMAGENET1K_V1"


@pytest.mark.parametrize(
    "error", [URLError(OSError("no route to host")), ConnectionResetError("no route to host"), RuntimeError("no route")]
)
def test_a_download_that_fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fails)
    with pytest.raises(VerifyError, match="DEFAULT of torchvision/squeezenet1_1 could not be downloaded: no route"):
        build_reference("torchvision/squeezenet1_1", "DEFAULT")


def test_what_a_download_says_is_not_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = models.squeezenet1_1().state_dict()

    def comes(url: str, *_: object, **__: object) -> dict[str, torch.Tensor]:
        print(f"Downloading: {url}")
        return state

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", comes)
    found = build_reference("torchvision/squeezenet1_1", "IMAGENET1K_V1").state_dict()
    assert all(torch.equal(found[key], tensor) for key, tensor in state.items())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Downloading: https://")


def test_a_network_that_torchvision_does_not_have(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("{name: net, input: [3, 8, 8], reference: torchvision/alexnext, layers: [flatten, linear: 2]}")
    with pytest.raises(VerifyError, match="torchvision has no model alexnext"):
        published(load(str(spec)))


def test_a_reference_that_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(*_: object) -> None:
        raise RuntimeError("the output would be too small")

    monkeypatch.setattr(models.SqueezeNet, "forward", forward)
    analysis = analyse(load("squeezenet1_1"), input=(3, 64, 48))
    with pytest.raises(VerifyError, match=r"cannot run on \(1, 3, 64, 48\): the output would be too small"):
        verify(analysis, against=True)


def test_an_output_under_another_name() -> None:
    graph = expand(load("deeplabv3_mobilenet_v3_large"), input=(3, 33, 32))
    nodes = tuple(node._replace(name="result") if node.name == "out" else node for node in graph.nodes)
    graph = replace(graph, nodes=nodes)
    assert graph.reference is not None
    reference = build_reference(graph.reference, sizes=(3, 33, 32))
    with pytest.raises(VerifyError, match="returns an output 'out', but no layer has that name"):
        compare_with_reference(build(graph, initialise=False), reference, graph.reference, Network.sample(graph, 1))
