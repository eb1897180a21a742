"""An op of another package is built by its own builder and verified like ours."""

import sys
from pathlib import Path

import pytest
import torch

from calc.ops import WORDS, op_class
from calc.ops.base.outside import installed
from tests.calc.ops.base.outside import OP, calc, distribution
from verify.build import builder
from verify.errors import VerifyError

pytestmark = pytest.mark.torch


def test_it_is_verified(tmp_path: Path) -> None:
    ran = calc(distribution(tmp_path), "verify", "net.yaml")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "3 independent counts, 0 differences" in ran.stdout


def test_a_wrong_rule_is_found(tmp_path: Path) -> None:
    doubled = OP.replace("return inputs[0]", "return Shape((2 * inputs[0].sizes[0], *inputs[0].sizes[1:]), -3)")
    folder = distribution(tmp_path, op=f"from calc.shape import Shape\n{doubled}")
    ran = calc(folder, "verify", "net.yaml")
    assert ran.returncode == 1
    assert "turn" in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "source, fact",
    [
        ("import a_library_that_nobody_has", "cannot be loaded: No module named"),
        ("build = 3", "cannot be loaded: 3 is not a callable object"),
        ("def build(op, inputs): return op.speed", "fails: AttributeError: 'Relu' object has no attribute 'speed'"),
        ("def build(op, inputs): return 3", "returns int, not a torch.nn.Module"),
    ],
)
def test_a_faulty_builder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, fact: str) -> None:
    monkeypatch.syspath_prepend(distribution(tmp_path, builder=source))
    monkeypatch.delitem(sys.modules, "swirls_builder", raising=False)
    monkeypatch.setattr(sys.modules["verify.build"], "outside", lambda: installed(WORDS))
    with pytest.raises(VerifyError) as caught:
        builder.__wrapped__("swirl")(op_class("relu")(), (torch.ones(1),))
    monkeypatch.delitem(sys.modules, "swirls_builder", raising=False)
    assert caught.value.fact.startswith(f"the builder of swirl, swirls_builder:build, {fact}")
