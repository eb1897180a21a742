"""Every quantity once: what it says of itself, and how its total comes from the layers."""

from functools import reduce
from operator import add
from pathlib import Path

import pytest

from calc.analysis import Totals, analyse
from calc.errors import OpError
from calc.quantities import names_at_bits, names_without_bits, quantities, quantity
from calc.spec import load

ROOT = Path(__file__).parents[2]


def test_every_quantity_says_what_it_is() -> None:
    found = quantities()
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert each.unit
        assert each.meaning
        assert each.source
        assert each.adds_up
        assert each.outputs


def test_totals_are_the_quantities() -> None:
    totals = analyse(load("mobilenetv2"), bits=8).totals
    alone = {each.name for each in quantities() if not each.family}
    assert alone == set(Totals._fields) - {"bitops", "elementwise"}
    for each in quantities():
        assert type(each.total(totals)) is int or not each.is_integer
        assert each.integer(totals) == round(each.total(totals))


@pytest.mark.parametrize("name", ["mobilenetv2", "vit_b_16"])
def test_totals_add_up_as_each_quantity_says(name: str) -> None:
    analysis = analyse(load(name), bits="adaptive", batch=2)
    for each in quantities():
        if each.of_layer is None:
            continue
        rows = [each.of_layer(layer) for layer in analysis.layers]
        if each.adds_up == "the sum over the layers":
            assert each.total(analysis.totals) == reduce(add, rows)  # doubles too: from 3.12 on `sum` rounds otherwise
        else:  # whole bytes of each layer are at least those of their sum
            assert each.name in ("weight_bytes", "bytes_moved")
            assert sum(rows) - len(rows) < each.total(analysis.totals) <= sum(rows)


def test_elements_by_kind_are_quantities() -> None:
    found = quantity("elementwise.relu6")
    assert not found.at_bits
    totals = analyse(load("mobilenetv2")).totals
    assert found.total(totals) == totals.elementwise["relu6"] > 0


@pytest.mark.parametrize("name", ["mac", "elementwise.", "bitops", "weight_bytes_fp32", ""])
def test_what_is_no_quantity_of_a_lock(name: str) -> None:
    with pytest.raises(OpError, match="unknown quantity"):
        quantity(name)


def test_the_nearest_is_named() -> None:
    with pytest.raises(OpError) as error:
        quantity("mac")
    assert "macs" in error.value.hint


def test_what_depends_on_bits() -> None:
    assert set(names_without_bits()) & set(names_at_bits()) == set()
    low, high = (analyse(load("mobilenetv2"), bits=bits).totals for bits in (2, 8))
    for name in names_without_bits():
        assert quantity(name).total(low) == quantity(name).total(high)
    for name in names_at_bits():
        assert quantity(name).total(low) < quantity(name).total(high)


def test_the_page_has_each_quantity_as_it_is_said_here() -> None:
    page = (ROOT / "docs" / "quantities.md").read_text(encoding="utf-8")
    for each in quantities():
        assert f"| `{each.name}` | {each.unit} | {each.meaning} | {each.source} |" in page
