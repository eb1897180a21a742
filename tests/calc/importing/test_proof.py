"""A proof in one line."""

from calc.errors import Problem
from calc.importing.proof import Proof


def test_the_counts_and_how_they_compare() -> None:
    proof = Proof(1, 1_000, 20_000, "outputs within 1e-7")
    assert proof.summary == "1 layer, 1,000 params, 20,000 MACs: equal to the module; outputs within 1e-7"
    differs = Proof(2, 3, 4, "", (Problem("a.py", "other"),) * 2, "file")
    assert differs.summary == "2 layers, 3 params, 4 MACs: NOT equal to the file, 2 differences"


def test_lower_bounds_are_told_as_such() -> None:
    proof = Proof(2, 1_000, 20_000, "outputs not compared", at_least=("macs", "bitops"))
    assert proof.summary.startswith("2 layers, 1,000 params, at least 20,000 MACs: equal")
    assert Proof(2, 1_000, 20_000, "", at_least=("params",)).summary.startswith(
        "2 layers, at least 1,000 params, 20,000"
    )
