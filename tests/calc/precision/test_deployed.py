"""A precision file about norms or biases fits a network that has them as it is written, or as it is deployed."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.precision import resolve
from calc.precision.deployed import of_deployed
from calc.precision.uniform import Uniform
from calc.spec.load import loads

SPEC = """
name: normed
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 1, bias: false}}
  norm: batch_norm
  drop: dropout
"""
NORMS = "default: 8\nrules: [{op: batch_norm, bits: 16}, {name: norm, bits: 4}, {op: conv2d, bits: 2}]\n"
ROLES = "default: 8\nstores: {norms: fp16, biases: fp16}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bits.yaml"


def weight_bytes(file: Path, text: str, suffix: str = "", deployed: bool = True) -> int:
    file.write_text(text, encoding="utf-8")
    return analyse(loads(SPEC), bits=f"{file}{suffix}", deployed=deployed).totals.weight_bytes


def test_rules_on_norms_that_are_folded_say_nothing(file: Path) -> None:
    text = NORMS.replace("{op: batch_norm, bits: 16}, ", "")
    # 4 · 3 weights of 2 bits; norms of 4 · 2 at 4 bits, or 4 biases of 32
    assert weight_bytes(file, text, deployed=False) == (12 * 2 + 8 * 4) // 8
    assert weight_bytes(file, text) == (12 * 2 + 4 * 32) // 8
    assert weight_bytes(file, text, ":llm") == (12 * 2 + 4 * 16) // 8


def test_roles_may_be_those_of_norms_that_went_or_of_biases_that_came(file: Path) -> None:
    assert weight_bytes(file, ROLES) == 12 + 4 * 2
    with pytest.raises(SpecError, match="biases: nothing in normed has this role"):
        weight_bytes(file, ROLES, deployed=False)


@pytest.mark.parametrize(
    "text, fact",
    [
        (NORMS, "rule 1 (op: batch_norm) sets no layer"),
        (
            "default: 8\nrules: [{op: group_norm, bits: 4}, {op: conv2d, bits: 2}]\n",
            "rule 1 (op: group_norm) matches no",
        ),
        (
            "default: 8\nstores: {embeddings: fp16, norms: fp16}\n",
            "stores: embeddings: nothing in normed has this role",
        ),
    ],
)
def test_what_fits_the_network_in_neither_form_is_said(file: Path, text: str, fact: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        analyse(loads(SPEC), bits=str(file), deployed=True)
    (problem,) = refused.value.problems
    assert problem.fact.startswith(fact)


def test_other_policies_are_what_they_were() -> None:
    policy = resolve("8:llm")
    assert of_deployed(policy) == policy
    assert isinstance(of_deployed(resolve("8")), Uniform)
