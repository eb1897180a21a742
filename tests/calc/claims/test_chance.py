"""How many made-up numbers readings meet: counted here one by one."""

from fractions import Fraction
from pathlib import Path
from random import Random

from calc.claims import explain, read_printed
from calc.claims.chance import MOST_BY_CHANCE, Chances
from tests.calc.claims.tries import tried_widely

ROOT = Path(__file__).parents[3]
MADE_UP = 40


def test_the_share_of_the_numbers_as_long_that_are_given() -> None:
    chances = Chances(read_printed("1.0M"))  # beside 0.5M, 0.6M, … 2.0M: 16 numbers
    assert chances.add(1_240_000, 0)  # prints as 1.2M
    assert chances.add(1_210_000, 0)  # so does this
    assert chances.add(1_900_000, 1)
    assert not chances.add(3_000_000, 0)
    assert [chances.up_to(cost) for cost in (0, 1)] == [Fraction(1, 16), Fraction(2, 16)]


def test_a_number_that_may_be_cut_off_is_one_more() -> None:
    chances = Chances(read_printed("1.0M"))
    chances.add(1_270_000, 0)  # 1.3M, or 1.2M where it is cut off
    assert [chances.up_to(cost) for cost in (0, 1)] == [Fraction(1, 16), Fraction(2, 16)]


def test_so_is_the_other_unit() -> None:
    chances = Chances(read_printed("10MB"))  # 5MB to 20MB
    chances.add(15_900_000, 0)  # 16MB or, cut off, 15MB; 15.16 · 2^20
    assert [chances.up_to(cost) for cost in (0, 1)] == [Fraction(1, 16), Fraction(2, 16)]
    chances.add(6 * 10**6, 0)  # 5.7 · 2^20, which is 6 again or, cut off, 5
    assert [chances.up_to(cost) for cost in (0, 1, 2)] == [Fraction(2, 16), Fraction(3, 16), Fraction(4, 16)]


def test_costs_are_allowed_up_to_the_share() -> None:
    chances = Chances(read_printed("1.0M"))
    chances.add(1_000_000, 2)
    assert chances.farthest(Fraction(1, 17)) == 1
    assert chances.farthest(Fraction(1, 16)) == 5


def test_nothing_is_a_number_too() -> None:
    chances = Chances(read_printed("0"))
    assert chances.add(0, 1)
    assert [chances.up_to(cost) for cost in (0, 1)] == [0, 1]


def test_made_up_numbers_of_four_digits_find_nothing() -> None:
    page = " ".join((ROOT / "docs/explain.md").read_text(encoding="utf-8").split())
    assert f"A test tries {MADE_UP} made-up numbers of four digits" in page
    assert f"at most 1 in {1 / MOST_BY_CHANCE} of them may get an answer" in page
    random = Random(4)
    found = []
    for index in range(MADE_UP):
        digits, point = str(random.randint(1000, 9999)), random.randint(1, 3)
        number = f"{digits[:point]}.{digits[point:]}{('M', 'G', 'MB')[index % 3]}"
        if explain(read_printed(number), tried_widely()).matches:
            found.append(number)
    assert len(found) <= MADE_UP * MOST_BY_CHANCE, found
