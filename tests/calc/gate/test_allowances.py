"""``--allow``: which moves it names, how far it lets them go."""

import pytest

from calc.errors import OpError
from calc.gate.allowances import allowance, check_policies, permitted
from calc.gate.difference import Move


@pytest.mark.parametrize(
    "text, before, after, is_permitted",
    [
        ("macs=+1%", 1000, 1010, True),
        ("macs=+1%", 1000, 1011, False),
        ("macs=+1%", 1000, 999, False),
        ("macs=-1%", 1000, 990, True),
        ("macs=-1%", 1000, 1001, False),
        ("macs=1%", 1000, 990, True),
        ("macs=±1%", 1000, 1010, True),
        ("macs=+2K", 0, 2000, True),
        ("macs=+2K", 0, 2001, False),
        ("macs=+1%", 0, 1, False),
        ("params=+1%", 1000, 1001, False),
        ("macs=+0.1%", 3 * 10**18, 3 * 10**18 + 3 * 10**15, True),
        ("macs=+0.1%", 3 * 10**18, 3 * 10**18 + 3 * 10**15 + 1, False),
    ],
)
def test_how_far_a_total_may_move(text: str, before: int, after: int, is_permitted: bool) -> None:
    assert allowance(text).permits(Move("macs", before, after)) == is_permitted or text.startswith("params")
    assert permitted(Move("macs", before, after), [allowance(text)]) == is_permitted


@pytest.mark.parametrize(
    "written, quantity, is_named",
    [
        ("bitops", "bitops.uniq@8", True),
        ("bitops.weight", "bitops.weight@8", True),
        ("bitops.weight@8", "bitops.weight@8", True),
        ("bitops@8", "bitops.uniq@8", True),
        ("bitops.weight@8", "bitops.weight@4", False),
        ("bitops.weight", "bitops.product@8", False),
        ("elementwise", "elementwise.relu", True),
        ("elementwise.relu", "elementwise.relu6", False),
        ("macs", "effective_macs", False),
        ("all", "macs", True),
        ("all", "elementwise.relu", True),
        ("all", "bitops.uniq@8", True),
        ("all@8", "bitops.uniq@8", True),
        ("all@8", "bitops.uniq@4", False),
        ("all@8", "macs", False),
    ],
)
def test_which_totals_are_meant(written: str, quantity: str, is_named: bool) -> None:
    assert allowance(f"{written}=1%").names(quantity) == is_named


@pytest.mark.parametrize(
    "text",
    [
        "macs",
        "macs=",
        "=1%",
        "mac=1%",
        "macs=x%",
        "macs=+-",
        "macs@8=1%",
        "macs=1x3%",
        "macs=+-1%",
        "macs=++1%",
        "macs=±-1",
        "macs=%",
        "alll=1%",
    ],
)
def test_what_is_no_allowance(text: str) -> None:
    with pytest.raises(OpError, match="--allow"):
        allowance(text)


def test_an_allowance_at_a_policy_that_the_lock_has_not() -> None:
    check_policies([allowance("bitops@8=1%"), allowance("macs=1%")], ["8", "adaptive"])
    with pytest.raises(OpError, match="the lock is at bits 8, adaptive"):
        check_policies([allowance("bitops@4=1%")], ["8", "adaptive"])


@pytest.mark.parametrize("at_least", [(False, True), (True, False)])
def test_nothing_lets_a_number_become_a_lower_bound_or_cease_to_be_one(at_least: tuple[bool, bool]) -> None:
    assert not permitted(Move("macs", 1000, 1000, at_least), [allowance("all=100%")])
    assert permitted(Move("macs", 1000, 1001, (True, True)), [allowance("macs=+1%")])
