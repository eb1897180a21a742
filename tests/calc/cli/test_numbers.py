"""``calc compare``, ``conventions``, ``explain`` and ``audit``: parse, call, print, exit."""

import csv
import io
import json
from collections.abc import Callable
from inspect import signature
from pathlib import Path

import pytest

from calc.claims.claims import ABOUT
from calc.cli.explain import explain
from tests.calc.cli.conftest import Ran

Calc = Callable[..., Ran]


def test_compare_takes_several_bits_after_one_option(calc: Calc) -> None:
    ran = calc("compare", "mobilenetv2", "--bits", "2", "4", "8", "adaptive", "--format", "csv")
    assert ran.code == 0
    assert [row["label"] for row in csv.DictReader(io.StringIO(ran.out))] == ["2 bit", "4 bit", "8 bit", "adaptive"]


def test_compare_several_specs(calc: Calc) -> None:
    ran = calc("compare", "resnet18", "resnet34", "--bits", "8", "--format", "json")
    data = json.loads(ran.out)
    assert [one["model"] for one in data["configurations"]] == ["ResNet-18", "ResNet-34"]
    assert all(one["bitops_ratio_fp32"] == 8 / 32 for one in data["configurations"])


def test_compare_takes_networks_with_options_of_their_own(calc: Calc) -> None:
    ran = calc("compare", "resnet18 --input 3x64x64", "resnet34 --input 3x32x32", "--format", "csv")
    sizes = {"resnet18": "3x64x64", "resnet34": "3x32x32"}
    alone = [json.loads(calc("run", name, "--input", size, "--format", "json").out) for name, size in sizes.items()]
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [int(row["macs"]) for row in rows] == [found["totals"]["macs"] for found in alone]
    twice = calc("compare", "resnet18 --input 3x64x64", "resnet34", "--input", "3x32x32")
    assert (twice.code, "has options of its own" in twice.err) == (2, True)


def test_compare_writes_csv_files(calc: Calc, spec: str, tmp_path: Path) -> None:
    assert calc("compare", spec, "--bits", "2", "4", "--csv", str(tmp_path / "out")).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["small_2.csv", "small_4.csv"]


@pytest.mark.parametrize(
    "arguments, fact",
    [
        (["--bits", "8", "8"], "twice"),
        (["--bits", "8", "--ends", "excluded"], "--ends excluded"),
        (["--bits", "8", "--plot", "x.gif"], "a plot ends in"),
        (["--bits", "99"], "must be 1 to 64"),
        (["--format", "xml"], "--format"),
    ],
)
def test_compare_refuses(calc: Calc, spec: str, arguments: list[str], fact: str) -> None:
    ran = calc("compare", spec, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert fact in ran.err


def test_conventions_lists_itself_and_a_network(calc: Calc) -> None:
    assert "fvcore" in calc("conventions").out
    assert "314,193,216" in calc("conventions", "mobilenetv2").out
    assert "first and last at 8" in calc("conventions", "mobilenetv2", "--bits", "4").out


def test_conventions_as_csv_keep_the_bitops(calc: Calc) -> None:
    ran = calc("conventions", "mobilenetv2", "--bits", "4", "--format", "csv")
    totals = {(row["convention"], row["ends"]): row["total"] for row in csv.DictReader(io.StringIO(ran.out))}
    assert totals["fvcore", ""] == "314193216"
    assert totals["weight", "as the rest"] == str(4 * 300_774_272)
    assert totals["weight", "first and last left out"] == "1154625024"


def test_conventions_without_a_spec_takes_no_options(calc: Calc) -> None:
    assert calc("conventions", "--bits", "4").code == 2


def test_run_counts_as_another(calc: Calc) -> None:
    ran = calc("run", "mobilenetv2", "--count-as", "fvcore", "--format", "json")
    data = json.loads(ran.out)
    assert data["counted"]["total"] == 314_193_216
    assert sum(layer["counted"] for layer in data["layers"]) == 314_193_216
    rows = csv.DictReader(io.StringIO(calc("run", "mobilenetv2", "--count-as", "fvcore", "--format", "csv").out))
    assert sum(int(row["counted"]) for row in rows) == 314_193_216


def test_run_names_the_nearest_counter(calc: Calc) -> None:
    ran = calc("run", "mobilenetv2", "--count-as", "fvcor")
    assert ran.code == 2
    assert "fvcore" in ran.err


def test_run_without_it_is_as_it_was(calc: Calc, spec: str) -> None:
    assert "counted" not in calc("run", spec, "--format", "json").out
    assert "counted" not in calc("run", spec, "--format", "csv").out


def test_explain_finds_and_exits(calc: Calc) -> None:
    found = calc("explain", "mobilenetv2", "314.19M", "--set", "width=1.0", "--set", "resolution=224")
    assert found.code == 0
    assert "fvcore" in found.out
    near = calc("explain", "seed_depthwise_example", "589825")
    assert near.code == 1
    assert "the closest, 1 less" in near.out
    nothing = calc("explain", "seed_depthwise_example", "12345")
    assert nothing.code == 1
    assert "nothing within 1 % explains 12345" in nothing.out


def test_what_explain_is_told_is_what_a_claim_says() -> None:
    options = {name.removesuffix("_") for name in signature(explain).parameters}
    of_the_page = {"number", "all", "format", "output"}
    of_the_file = {"name", "where", "source", "expect"}
    of_the_call = {"phase", "tokens", "context"}  # params of language models, which a claim gives under set
    of_the_source = {"opaque"}  # a claim about a network that is not counted whole would explain nothing
    assert options - of_the_page - of_the_call - of_the_source == {*ABOUT} - of_the_file


def test_explain_takes_what_a_claim_takes(calc: Calc) -> None:
    # 9 · 64 weights at 1,024 places
    told = [
        "--bits",
        "4",
        "--activations",
        "producer",
        "--convention",
        "product",
        "--batch",
        "2",
        "--part",
        "convolutions",
    ]
    found = calc("explain", "seed_depthwise_example", str(2 * 589_824 * 4 * 8), *told)
    assert (found.code, "nothing\n" in found.out) == (0, True)
    for option, wrong in (("--part", "half"), ("--ends", "first"), ("--activations", "all"), ("--convention", "fvcor")):
        assert calc("explain", "seed_depthwise_example", "1", option, wrong).code == 2


def test_explain_refuses_what_is_no_number(calc: Calc) -> None:
    assert calc("explain", "mobilenetv2", "lots").code == 2


def test_audit_exits_1_for_a_claim_that_must_be_exact(calc: Calc, spec: str, tmp_path: Path) -> None:
    claims = tmp_path / "claims.yaml"
    claims.write_text(f"spec: {Path(spec).name}\nclaims:\n  - {{macs: 5, expect: exact}}\n")
    ran = calc("audit", str(claims))
    assert ran.code == 1
    assert "must be exact" in ran.out
    claims.write_text(f"spec: {Path(spec).name}\nclaims:\n  - {{macs: 5}}\n")
    assert calc("audit", str(claims)).code == 0


def test_audit_takes_a_packaged_name(calc: Calc) -> None:
    ran = calc("audit", "mobilenetv2")
    assert ran.code == 2
    assert "mobilenetv2.yaml:2:1: the file has no key claims" in ran.err


def test_audit_of_a_file_without_claims(calc: Calc, spec: str) -> None:
    ran = calc("audit", spec)
    assert ran.code == 2
    assert "no key claims" in ran.err
