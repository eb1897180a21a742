"""Devices: what their files say, what is wrong with one, and which rate a product takes."""

from fractions import Fraction
from pathlib import Path

import pytest

from calc.errors import OpError, SpecError
from calc.formats import format_named
from calc.model.graph import Bits
from calc.serving.device import FOLDER, Multiplied, device_names, operand, read_device
from calc.serving.sources import sources_text

GOOD = """
name: a board
memory_bytes: 512KiB
bytes_per_second: 0.5G
operations_per_second: {int8: 1.5e9, fp16: 1G, bf16: 2G, fp32: 100M}
"""


def device(tmp_path: Path, text: str = GOOD):
    path = tmp_path / "board.yaml"
    path.write_text(text)
    return read_device(str(path))


def test_a_file_is_read_exactly(tmp_path: Path) -> None:
    found = device(tmp_path)
    assert (found.name, found.memory_bytes, found.bytes_per_second) == ("a board", 512 * 2**10, 5 * 10**8)
    assert found.rates["int8"] == Fraction(3, 2) * 10**9


def test_six_are_packaged_and_each_says_who_says_so() -> None:
    assert device_names() == ["a100_80gb", "h100_sxm", "l4", "mi300x", "rtx_4090", "tpu_v5e"]
    for name in device_names():
        found = read_device(name)
        assert list(found.sources) == ["memory_bytes", "bytes_per_second", *found.rates]
        assert all(len(source) > 20 for source in found.sources.values()), name
        assert found.memory_bytes >= 16 * 10**9
        assert "int8" in found.rates
        assert (FOLDER / f"{name}.yaml").stat().st_size < 1000
    memory = {name: read_device(name).memory_bytes for name in device_names()}
    assert memory == {
        "a100_80gb": 80 * 2**30, "h100_sxm": 85_520_809_984, "l4": 23_034 * 2**20, "mi300x": 206_141_652_992,
        "rtx_4090": 24 * 2**30 - 12 * 2**20, "tpu_v5e": 16 * 10**9,
    }  # fmt: skip
    h100 = read_device("h100_sxm")
    assert (h100.bytes_per_second, h100.rates["bf16"]) == (3350 * 10**9, 9894 * 10**11)


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("512KiB", "-1", "board.yaml:3:15: memory_bytes: '-1' is not an amount"),
        ("512KiB", "0", "board.yaml:3:15: memory_bytes=0: must be above 0"),
        ("512KiB", "1.5", "board.yaml:3:15: memory_bytes=1.5: must be whole bytes"),
        ("0.5G", "nan", "board.yaml:4:19: bytes_per_second: 'nan' is not an amount"),
        ("0.5G", ".inf", "bytes_per_second: '.inf' is not an amount"),
        ("0.5G", "[1, 2]", "bytes_per_second takes one value, this is a list"),
        ("0.5G", "", "bytes_per_second takes one value, this is nothing"),
        ("int8: 1.5e9", "int8: true", "int8: 'true' is not an amount"),
        ("fp16: 1G", "fp61: 1G", "board.yaml:5:38: unknown rate fp61"),
        ("memory_bytes", "memory", "needs memory_bytes: a number above 0"),
        ("name: a board", "nme: a board", "did you mean name"),
        ("{int8: 1.5e9, fp16: 1G, bf16: 2G, fp32: 100M}", "{}", "needs operations_per_second: a mapping"),
        (
            "name: a board",
            "source: {here: [memory_bytes]}",
            "2:9: source: there is none for bytes_per_second, int8, fp16, bf16",
        ),
        (
            "name: a board",
            "source: {here: memory_bytes}",
            "source is a text, or a mapping of texts to lists of the fig",
        ),
        ("name: a board", "source: {here: [[fp16]]}", "2:16: source is a text, or a mapping of texts to lists of th"),
        ("name: a board", "source: {here: [fp16], there: [fp16]}", "2:32: source: fp16 has two"),
        ("name: a board", "source: {here: [fp17]}", "2:17: source: fp17 is not a figure of this file"),
        ("name: a board", "source: [fp17]", "source takes one value, this is a list"),
        ("0.5G", "0.5 GB/s", "bytes_per_second: '0.5 GB/s' is not an amount"),
        ("0.5G", "fast", "bytes_per_second: 'fast' is not an amount"),
        (GOOD, "- 1", "a device is a mapping: name, source, memory_bytes"),
        (GOOD, "", "a device is a mapping: name, source, memory_bytes"),
        (GOOD, "{a: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        device(tmp_path, GOOD.replace(before, after))
    assert said in str(error.value)


def test_each_figure_may_have_a_source_of_its_own(tmp_path: Path) -> None:
    one = device(tmp_path, f"source: page 3{GOOD}").sources
    assert set(one.values()) == {"page 3"}
    assert sources_text(one) == "page 3"
    said = "source: {page 3: [memory_bytes, int8, fp16, bf16, fp32], measured: [bytes_per_second]}"
    two = device(tmp_path, f"{said}{GOOD}").sources
    assert two["bytes_per_second"] == "measured"
    assert sources_text(two) == "memory_bytes, int8, fp16, bf16, fp32: page 3; bytes_per_second: measured"
    assert not device(tmp_path).sources


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        device(tmp_path, GOOD.replace("512KiB", "-1").replace("0.5G", "x"))
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("name", ["h100", "", "a" * 5000, "no/such.yaml", "a\0b"])
def test_what_is_no_device(name: str) -> None:
    with pytest.raises(SpecError, match=r"unknown device|cannot be read"):
        read_device(name)


@pytest.mark.parametrize(
    "bits, integers, bf16, rate",
    [
        (8, True, False, "bf16"),  # integers of 8 bits fit into its floats, which are faster here
        (8, False, False, "bf16"),
        (16, False, True, "bf16"),
        (16, False, False, "bf16"),
        (17, False, False, "fp32"),
        (32, False, False, "fp32"),
    ],
)
def test_the_fastest_rate_that_holds_both_operands(
    tmp_path: Path, bits: int, integers: bool, bf16: bool, rate: str
) -> None:
    assert device(tmp_path).rate_for(Multiplied(bits, integers, bf16)) == rate


def test_rates_that_hold_none_are_passed_over(tmp_path: Path) -> None:
    only = GOOD.replace("int8: 1.5e9, fp16: 1G, bf16: 2G, fp32: 100M", "int8: 9G, fp16: 1G")
    found = device(tmp_path, only)
    assert found.rate_for(Multiplied(8, True, False)) == "int8"
    assert found.rate_for(Multiplied(8, False, False)) == "fp16"
    with pytest.raises(OpError, match="a board has no rate for floats of 16 bits; it has int8, fp16"):
        found.rate_for(Multiplied(16, False, True))


def test_what_a_layer_multiplies() -> None:
    assert operand(Bits(4, 8), is_weight=True) == Multiplied(8, True, False)
    assert operand(Bits(8, 4), is_weight=False) == Multiplied(4, True, False)
    assert operand(Bits(4, 16, format_named("int4g128")), is_weight=True) == Multiplied(16, False, False)
    assert operand(Bits(8, 8, format_named("fp8")), is_weight=True) == Multiplied(8, False, False)
    assert operand(Bits(8, 8, format_named("int8")), is_weight=True) == Multiplied(8, True, False)
    assert operand(Bits(16, 16, format_named("bf16")), is_weight=True) == Multiplied(16, False, True)
