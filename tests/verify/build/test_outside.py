"""Another distribution's op is built by its own builder and verified like ours."""

from pathlib import Path

import pytest

from tests.calc.ops.base.outside import OP, calc, distribution

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


def test_a_builder_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    folder = distribution(tmp_path)
    (folder / "swirls_builder.py").write_text("import a_library_that_nobody_has", encoding="utf-8")
    ran = calc(folder, "verify", "net.yaml")
    assert ran.returncode == 2
    assert "the builder of swirl, swirls_builder:build, cannot be loaded: No module named" in ran.stderr
