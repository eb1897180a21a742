"""``calc evaluate`` and ``calc train`` on networks whose inputs are not colour pictures."""

import json
from pathlib import Path

import numpy
import pytest
import torch

from calc.spec import expand, load
from tests.calc.cli.conftest import calc as calc  # the whole command line in this process
from verify.build import build

pytestmark = pytest.mark.torch
CONV = "{{name: n, input: {}, layers: [{{{}: {{out_channels: 4, kernel_size: 3}}}}, relu, flatten, {{linear: 3}}]}}"
NETS = {
    "digits": CONV.format([1, 8, 8], "conv2d"),
    "words": CONV.format([1, 9, 5], "conv2d"),
    "series": CONV.format([2, 11], "conv1d"),
}


@pytest.fixture
def net(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    """A network with weights, and its input's sizes."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NETS[request.param])
    graph = expand(load("net.yaml"))
    torch.save(build(graph).state_dict(), "weights.pt")
    return graph.input_sizes["input"]


@pytest.mark.parametrize("net", NETS, indirect=True)
@pytest.mark.parametrize("data", ["fake", "arrays.npz"])
def test_both_commands(calc, net: tuple[int, ...], data: str) -> None:
    drawn = numpy.random.default_rng(0)
    numpy.savez("arrays.npz", x=drawn.normal(size=(10, *net)).astype("float32"), y=drawn.integers(0, 3, 10))
    words = ("--data", data, "--limit", "10", "--format", "json")
    evaluated = calc("evaluate", "net.yaml", "--weights", "weights.pt", "--bits", "fp32", "w8a8", *words)
    assert evaluated.code == 0, evaluated.err
    assert [each["images"] for each in json.loads(evaluated.out)["configurations"]] == [10, 10]
    trained = calc("train", "net.yaml", "--bits", "8", "--epochs", "1", "--batch-size", "4", *words)
    assert trained.code == 0, trained.err


@pytest.mark.usefixtures("net")
@pytest.mark.parametrize("net", ["series"], indirect=True)
def test_arrays_are_not_augmented(calc) -> None:
    ran = calc("train", "net.yaml", "--bits", "8", "--data", "fake", "--augment")
    assert (ran.code, ran.out) == (2, "")
    assert "--augment flips and shifts pictures" in ran.err
