"""Energy by the user's table, in exact decimals."""

from fractions import Fraction
from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.report import render
from calc.report.rows import View
from calc.report.serving import joules
from calc.spec import loads

NET = "name: net\ninput: {shape: [3, 4], channels: last}\nlayers: {a: {linear: {out_features: 5, bias: false}}}\n"
TABLE = """
name: 45 nm
source: somebody
picojoules_per_mac: {4: 0.1, 8: 0.23, 32: 4.6}
memories:
  dram: {picojoules_per_byte: 160, holds: [weights, cache]}
  sram: {picojoules_per_byte: 1.25, holds: activations}
"""


def at(tmp_path: Path, text: str = TABLE, bits: str = "w4a8") -> Analysis:
    path = tmp_path / "e.yaml"
    path.write_text(text)
    return analyse(loads(NET), bits=bits, energy=str(path))


def test_each_part_is_exact(tmp_path: Path) -> None:
    found = at(tmp_path).energy
    assert found is not None
    assert found.macs == {8: 3 * 4 * 5 * Fraction("0.23")}
    assert found.moved == {
        ("dram", "weights"): Fraction(4 * 5 * 4, 8) * 160,
        ("sram", "activations"): 3 * (4 + 5) * Fraction("1.25"),
    }
    assert found.picojoules == Fraction("13.8") + 1600 + Fraction("33.75")
    data = at(tmp_path).to_json_dict()["energy"]
    assert data["picojoules"] == 1647.55
    assert data["moved"]["dram.weights"] == 1600
    line = next(line for line in render(at(tmp_path), "table", View()).splitlines() if line.startswith("energy"))
    assert "1.65 nJ" in line
    assert "by 45 nm: MACs at 8 bits 13.8 pJ + weights in dram 1.60 nJ + activations in sram 33.8 pJ" in line


@pytest.mark.parametrize("bits, entry", [("4", 4), ("3", 4), ("w4a8", 8), ("w8a4", 8), ("16", 32), ("fp32", 32)])
def test_the_narrowest_entry_that_holds_both_operands(tmp_path: Path, bits: str, entry: int) -> None:
    found = at(tmp_path, bits=bits).energy
    assert found is not None
    assert list(found.macs) == [entry]


def test_bits_that_the_table_lacks_name_the_layer(tmp_path: Path) -> None:
    text = TABLE.replace(", 32: 4.6", "")
    with pytest.raises(SpecError, match=r"a \(linear\): 45 nm has no energy for a MAC of 32 bits; it has 4, 8"):
        _ = at(tmp_path, text, bits="fp32").energy


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("4: 0.1", "four: 0.1", "e.yaml:4:22: picojoules_per_mac: four: must be a number of bits from 1 to 64"),
        ("4: 0.1", "65: 0.1", "65: must be a number of bits from 1 to 64"),
        ("4: 0.1", "4: -1", "4: '-1' is not an amount"),
        ("160", "0", "picojoules_per_byte=0: must be above 0"),
        ("holds: activations", "holds: [activations, weights]", "two memories hold weights"),
        ("[weights, cache]", "[weights]", "no memory holds cache"),
        ("holds: activations", "holds: [activation]", "holds: activation is not a kind of data"),
        (", holds: activations", "", "needs holds: a list of weights, cache, activations"),
        ("memories:", "memory:", "did you mean memories"),
        (TABLE, "{}", "needs picojoules_per_mac"),
        (TABLE, "1", "a table of energy is a mapping"),
        ("  dram: {picojoules_per_byte: 160, holds: [weights, cache]}", "  dram: 1", "a memory is a mapping"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        at(tmp_path, TABLE.replace(before, after))
    assert said in str(error.value)


@pytest.mark.parametrize("value, text", [(Fraction(1, 2), "0.500 pJ"), (2 * 10**9, "2.00 mJ"), (10**13, "10.0 J")])
def test_joules_for_people(value: Fraction, text: str) -> None:
    assert joules(Fraction(value)) == text
