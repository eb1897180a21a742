"""Sums of components are as large as the number that they are tried for, and as long as they may cost."""

from calc.analysis import analyse
from calc.claims.printed import read_printed
from calc.claims.subject import whole
from calc.claims.sums import SUM_COST, sums
from calc.spec import load


def test_terms_by_cost() -> None:
    subject = whole(analyse(load("seed_notebook")))
    number = read_printed("3,000,000")
    assert not list(sums(subject, number, SUM_COST))
    for cost in (2, 3):
        found = list(sums(subject, number, cost))
        assert {one.formula.count(" + ") + 1 for one in found} == {cost - SUM_COST}
        assert all(1_500_000 <= one.value <= 6_000_000 for one in found)
    assert not list(sums(subject, read_printed("3MB"), 3))
