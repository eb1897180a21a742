"""``calc formats``: the list, one format with its arithmetic, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calc.formats import formats
from tests.calc.cli.conftest import Ran

Calc = Callable[..., Ran]
ROOT = Path(__file__).parents[3]


def test_the_list_has_every_format(calc: Calc) -> None:
    shown = calc("formats").out
    assert [found.name for found in formats() if f"\n{found.name} " not in shown] == []
    (line,) = [line for line in shown.splitlines() if line.startswith("int4g128 ")]
    assert line.split()[1:7] == ["4", "4.125", "–", "codes", "4,", "scales"]
    assert "gptq<b>g<g>: b is 2, 3, 4 or 8" in shown


def test_the_list_for_programs(calc: Calc) -> None:
    data = json.loads(calc("formats", "--format", "json").out)
    assert data["schema"] == "calc.formats/1"
    assert [row["format"] for row in data["formats"]] == [found.name for found in formats()]
    found = {row["format"]: row for row in data["formats"]}
    assert (found["Q6_K"]["code_bits"], found["Q6_K"]["bits_per_weight"]) == (6, 6.5625)
    assert calc("formats", "--format", "csv").out.startswith(
        "format,code_bits,bits_a_weight,activations,stored,source\n"
    )


def test_the_page_of_docs_has_the_list(calc: Calc) -> None:
    printed = calc("formats", "--format", "markdown").out.splitlines()
    page = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    assert "\n".join([line for line in printed if line.startswith("|")]) in page


def test_one_with_the_arithmetic_of_a_tensor(calc: Calc) -> None:
    shown = calc("formats", "int4g128", "--shape", "64x3x7x7").out
    codes, scales = 64 * 3 * 7 * 7 * 4, 64 * 2 * 16
    assert f"64×3×7×7: {codes:,} + {scales:,} = {codes + scales:,} bits" in shown
    assert f"= {(codes + scales) // 8:,} bytes, ≈4.217687 bits per weight" in shown
    assert "= 2 bytes, 3 bits per weight, for 3 weights" in calc("formats", "3", "--shape", "3").out  # 9 bits
    data = json.loads(calc("formats", "q4_k", "--format", "json").out)
    assert (data["format"], data["example"]["bits"]) == ("Q4_K", 4096 * 4096 * 144 * 8 // 256)
    assert sum(row["total"] for row in data["example"]["stored"]) == data["example"]["bits"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("nf5",), "unknown format 'nf5'"),
        (("int4g0",), "int4g0: 0 weights a group: must be 1 to 1,048,576"),
        (("Q4_K", "--shape", "8x300"), "Q4_K takes rows of a multiple of 256 weights; those of 8×300 have 300"),
        (("int8", "--shape", "0x3"), "'0x3': must be positive sizes"),
        (("int8", "--shape", "x".join(["999999999"] * 500)), "--shape has 500 sizes: at most 8"),
        (("int8", "--shape", "1x1x1x1x1x1x1x1x1"), "--shape has 9 sizes: at most 8"),
        (("--shape", "3x3"), "--shape needs a format"),
        (("int8", "--format", "xml"), "--format 'xml': must be table, csv, markdown or json"),
    ],
)
def test_what_is_refused(calc: Calc, arguments: tuple[str, ...], message: str) -> None:
    ran = calc("formats", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
