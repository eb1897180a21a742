"""Layers whose computation is not known are never built, and so never verified."""

from pathlib import Path

import pytest
import torch

from calc.spec import expand, loads
from tests.calc.cli.conftest import calc
from verify.build import build
from verify.errors import VerifyError

__all__ = ["calc"]

pytestmark = pytest.mark.torch
SPEC = """
name: small
input: [3, 8, 8]
preprocess: {size: 8, crop: 8}
layers:
  a: {opaque: {op: aten.fft_rfft2, shape: [4], reason: no rule}}
  b: {linear: 5}
  c: {opaque: {op: "my::kernel", shape: [4], reason: ours, tensors: none}, training_only: true}
"""
FACT = "the computation of these layers is not known: a (aten.fft_rfft2), c (my::kernel)"


def test_all_are_named() -> None:
    with pytest.raises(VerifyError, match="the network cannot be built, run or verified") as error:
        build(expand(loads(SPEC)))
    assert error.value.fact.startswith(FACT)


def test_of_many_the_first_are_named() -> None:
    layers = "\n".join([f"  l{i}: {{opaque: {{op: a, shape: [4], reason: b}}}}" for i in range(25)])
    with pytest.raises(VerifyError, match=r"l18 \(a\), l19 \(a\) and 5 more; the"):
        build(expand(loads(f"name: many\ninput: [3]\nlayers:\n{layers}\n")))


def test_commands_refuse_them(calc, tmp_path: Path) -> None:
    path, weights = tmp_path / "net.yaml", tmp_path / "w.pt"
    path.write_text(SPEC)
    torch.save({"b.weight": torch.zeros(5, 4), "b.bias": torch.zeros(5)}, weights)
    run = ["--weights", str(weights), "--data", "fake"]
    for command in (
        ["verify"],
        ["evaluate", *run],
        ["sensitivity", *run],
        ["train", "--data", "fake", "--bits", "8"],
    ):
        ran = calc(command[0], str(path), *command[1:])
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert FACT in ran.err
