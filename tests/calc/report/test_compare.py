"""What a comparison states above its table, in its columns and in its files."""

import csv
import io

import pytest

from calc.analysis import Analysis, analyse
from calc.configurations import configurations
from calc.report import compare
from calc.report.pages import Page, render
from calc.spec import load
from calc.spec.load import loads

TINY = "name: {name}\ninput: [3, {size}, {size}]\nlayers:\n  a: {{conv2d: {{out_channels: 2, kernel_size: 3}}}}\n"


def network(name: str, size: int, activations: str = "same", spec: str = "") -> Analysis:
    model = loads(TINY.format(name=name, size=size), spec or f"{name}.yaml")
    return analyse(model, activations=activations, bitops="product")


def compared(networks: list[Analysis], *bits: str, ends: str = "rest") -> Page:
    return compare.page(configurations(networks, bits, ends))


def stated(page: Page) -> dict[str, str]:
    return {line.label: line.value for line in page.lines}


def records(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(page, "csv"))))


def test_several_networks_at_one_precision_state_it() -> None:
    page = compared([network("a", 8), network("b", 8)], "w4a8")
    assert stated(page) == {
        "input": "3×8×8", "bits": "w4a8", "stores": "paper", "activations": "same", "BitOps": "product",
    }  # fmt: skip
    assert [row["policy"] for row in records(page)] == ["w4a8"] * 2


def test_ends_are_part_of_the_precision() -> None:
    assert stated(compared([network("a", 8), network("b", 8)], "4", ends="8"))["bits"] == "4, ends 8"


def test_what_is_stored_beside_is_said_of_each_where_it_differs() -> None:
    page = compared([network("a", 8), network("b", 8)], "8", "int4g9", "fp16", "2")
    stores = next(line for line in page.lines if line.label == "stores")
    assert (stores.value, stores.note) == ("differs", "8, 2: paper; int4g9: llm; fp16: fp16")
    assert [row["stores"] for row in records(page)] == ["paper", "llm", "fp16", "paper"] * 2


def test_several_precisions_are_in_the_labels_and_not_above() -> None:
    page = compared([network("a", 8), network("b", 8)], "w4a8", "2")
    assert "bits" not in stated(page)
    assert [row["label"] for row in records(page)] == ["a, w4a8", "a, 2 bit", "b, w4a8", "b, 2 bit"]
    assert [row["policy"] for row in records(page)] == ["w4a8", "2"] * 2


def test_one_network_at_one_precision_states_both() -> None:
    lines = {line.label: line for line in compared([network("a", 8)], "w4a8").lines}
    assert lines["model"].value == "a"
    assert (lines["bits"].value, lines["bits"].note) == ("w4a8", "1 × w4a8")


@pytest.mark.parametrize("format_name", ["table", "markdown"])
def test_inputs_that_differ_are_a_column(format_name: str) -> None:
    page = compared([network("a", 8), network("b", 16)], "8")
    assert stated(page)["input"] == "differs"
    text = render(page, format_name)
    assert "3×8×8" in text
    assert "3×16×16" in text
    alike = compared([network("a", 8), network("b", 8)], "8")
    assert [column.key for column in alike.sections[0].table.columns].count("input") == 0


def test_csv_says_in_each_row_what_the_lines_above_say() -> None:
    rows = records(compared([network("a", 8, "8"), network("b", 16, "8")], "4"))
    assert [row["model"] for row in rows] == ["a", "b"]
    assert [row["spec"] for row in rows] == ["a.yaml", "b.yaml"]
    assert [row["input"] for row in rows] == ["3x8x8", "3x16x16"]
    assert {(row["batch"], row["policy"], row["activations"], row["bitops_convention"]) for row in rows} == {
        ("1", "4", "8", "product")
    }
    assert [int(row["bitops_product"]) for row in rows] == [2 * 3 * 9 * 6**2 * 4 * 8, 2 * 3 * 9 * 14**2 * 4 * 8]


def test_csv_files_of_a_comparison(tmp_path) -> None:
    found = configurations([analyse(load("mobilenetv2"))], ["adaptive", "8"])
    paths = compare.write_csv(found, tmp_path / "tables")
    assert [path.name for path in paths] == ["mobilenetv2_adaptive.csv", "mobilenetv2_8.csv"]
    for one, path in zip(found, paths, strict=True):
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        assert sum(int(row["bitops_weight"]) for row in rows) == one.analysis.totals.bitops["weight"]


def test_no_csv_file_is_written_over_another(tmp_path) -> None:
    networks = [network("a", 8, spec="x/a.yaml"), network("a", 9, spec="z/a.yaml"), network("b-", 8), network("b+", 9)]
    paths = compare.write_csv(configurations(networks, ["8"]), tmp_path)
    assert [path.name for path in paths] == ["a_x_a_yaml_8.csv", "a_z_a_yaml_8.csv", "b_8.csv", "b_8_4.csv"]
    counted = [next(csv.DictReader(path.open(encoding="utf-8")))["macs"] for path in paths]
    assert [int(macs) for macs in counted] == [2 * 3 * 9 * edge**2 for edge in (6, 7, 6, 7)]


def test_deployed_networks_say_so_above_and_in_each_row_of_csv() -> None:
    found = configurations([analyse(load("mobilenetv2"), deployed=True)], ["8"])
    said = "52 norms folded, 35 activations fused, 1 dropout dropped"
    assert said in render(compare.page(found), "table")
    assert said in render(compare.page(found), "csv")
    both = configurations([analyse(load(name), deployed=True) for name in ("mobilenetv2", "vgg11")], ["8"])
    assert "deployed" in render(compare.page(both), "table")
    assert "norms folded" not in render(compare.page(both), "table")
    assert "10 activations fused, 2 dropouts dropped" in render(compare.page(both), "csv")


@pytest.mark.parametrize(
    "bits, stored", [(["4", "8"], "paper"), (["8", "8:deployed"], "differs"), (["fp16", "8"], "differs")]
)
def test_what_is_stored_is_stated_as_far_as_it_is_the_same(bits: list[str], stored: str) -> None:
    assert stated(compared([network("a", 8)], *bits))["stores"] == stored
