"""What an interactive session shows of a result."""

from calc.analysis import analyse
from tests.calc.graphs import Draft, chain


def test_name_input_bits_and_totals() -> None:
    analysis = analyse(chain(3, 8, 8, convolutions=1), bits=8)
    assert "analysis" not in repr(analysis)  # not as code
    totals = analysis.totals
    said = f"{totals.macs:,} MACs, {totals.params:,} params, {totals.weight_bytes:,} weight bytes"
    assert repr(analysis).startswith(f"<Analysis of {analysis.graph.model} at 3×8×8, bits 8: {said}, ")
    assert repr(analysis).endswith(f"{8 * totals.macs:,} BitOps (weight)>")


def test_the_batch_where_it_is_not_one_sample() -> None:
    assert " at 3×8×8, batch 2, bits " in repr(analyse(chain(3, 8, 8, convolutions=1), batch=2))


def test_lower_bounds_are_marked() -> None:
    draft = Draft(3, 8, 8)
    draft.add("strange", "opaque", op="strange", shape=[4, 8, 8], tensors="none", reason="nobody knows it")
    assert "≥ 0 MACs" in repr(analyse(draft.graph()))
