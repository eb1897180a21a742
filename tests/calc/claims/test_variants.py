"""The networks beside the one given: what is known of it holds for them too."""

import pytest

from calc.analysis import analyse
from calc.claims import Given
from calc.claims.variants import RESOLUTIONS, WIDTHS, variants
from calc.spec import load


def test_one_param_is_changed_or_two() -> None:
    model = load("mobilenetv2")
    base = analyse(model, {"classes": 1000})
    given = Given({"classes": 1000})
    (itself,) = variants(model, given, base, 0)
    assert (itself.analysis, itself.changes) == (base, ())
    found = [one.changes for one in variants(model, given, base, 1)]
    assert len(found) == len(RESOLUTIONS) - 1 + len(WIDTHS) - 1
    assert ("width 0.5",) in found
    assert not [*variants(model, given, base, 3)]


@pytest.mark.parametrize("changes", [1, 2])
def test_of_a_given_input_the_resolution_is_known(changes: int) -> None:
    model = load("mobilenetv2")
    given = Given({"classes": 1000}, (3, 96, 96))
    base = analyse(model, given.params, given.input, batch=2, bitops="product")
    found = [*variants(model, given, base, changes)]
    assert len(found) == (len(WIDTHS) - 1 if changes == 1 else 0)
    for one in found:
        assert one.analysis.graph.input_sizes == {"input": (3, 96, 96)}
        assert (one.analysis.batch, one.analysis.bitops_convention) == (2, "product")
