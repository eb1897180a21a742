"""``calc specs --totals``, the page that it writes, and the other names of a spec."""

import json
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.cli.specs import spec_names
from calc.spec import load
from calc.spec.load import find_spec

PAGE = Path(__file__).parents[3] / "docs" / "zoo.md"


@pytest.mark.zoo
def test_the_page_is_what_is_printed_today(calc) -> None:
    ran = calc("specs", "--totals", "--format", "markdown")
    assert ran.code == 0
    assert PAGE.read_text(encoding="utf-8") == ran.out


def test_the_page_has_a_line_for_every_spec() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| [")]
    files = [Path(line.split("](../")[1].split(")")[0]) for line in lines]
    assert [file.stem for file in files] == spec_names()
    assert [file for file in files if not (PAGE.parents[1] / file).is_file()] == []


@pytest.mark.usefixtures("few_specs")
def test_totals_are_the_analysis(calc) -> None:
    ran = calc("specs", "--totals", "--format", "json")
    (row,) = [row for row in json.loads(ran.out) if row["name"] == "mobilenetv2"]
    analysis = analyse(load("mobilenetv2"))
    for bits in ("8", "4", "adaptive"):
        totals = analysis.with_bits(bits).totals
        assert row[f"bitops_{bits}"] == totals.bitops["weight"]
        assert float(row[f"mib_{bits}"]) == pytest.approx(totals.weight_bytes / 2**20, abs=0.005)
    assert row["reference"] == "torchvision/mobilenet_v2"


def test_the_time_taken_is_no_part_of_the_table(calc, few_specs: tuple[str, ...]) -> None:
    ran = calc("specs", "--totals")
    assert ran.err.startswith(f"{len(few_specs)} specs in ")
    assert "the slowest" not in ran.out


@pytest.mark.usefixtures("few_specs")
def test_a_file_instead(calc, tmp_path: Path) -> None:
    ran = calc("specs", "--output", str(tmp_path / "specs.txt"))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (tmp_path / "specs.txt").read_text(encoding="utf-8").startswith("Name ")


@pytest.mark.parametrize("name", ["quantized_mobilenet_v2", "mobilenet_v2", "mobilenet-v2", "MobileNetV2"])
def test_other_names_of_a_spec(name: str) -> None:
    assert Path(find_spec(name)).name == "mobilenetv2.yaml"


def test_a_quantised_variant_says_whose_counts_it_has(calc) -> None:
    variant, network = calc("run", "quantized_resnet18", "--bits", "8"), calc("run", "resnet18", "--bits", "8")
    assert variant.out == network.out
    assert variant.err == "quantized_resnet18: the same counts as resnet18; --bits 8 for its 8-bit weights\n"
    assert network.err == ""
