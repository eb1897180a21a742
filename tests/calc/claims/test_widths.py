"""The bits that are tried: fewer, the more is known."""

import pytest

from calc.claims.widths import OTHERS, TRIED_BITS, Known, tried_widths
from calc.precision import resolve

FOUR = (resolve("4"),)
PRODUCER, LLM = OTHERS[3:]


@pytest.mark.parametrize(
    "known, words",
    [
        (Known(FOUR), {other.words for other in OTHERS}),
        (Known(FOUR, ends="8"), {PRODUCER.words, LLM.words}),
        (Known(FOUR, activations="producer"), {other.words for other in OTHERS} - {PRODUCER.words}),
        (Known(FOUR, ends="excluded", activations="8"), {LLM.words}),
    ],
)
def test_what_is_known_is_not_taken_otherwise(known: Known, words: set[str]) -> None:
    plain, *others = tried_widths(known, "bitops", is_changed=False)
    assert (plain.words, plain.other) == ((), None)
    assert {other.words[-1] for other in others} == words
    assert {other.activations for other in others if other.other != PRODUCER} <= {known.activations}


def test_what_is_left_out_is_said() -> None:
    left_out = [found.words for found in tried_widths(Known(FOUR), "bitops", is_changed=False) if found.leaves_out]
    assert left_out == [("first and last layer left out",)]
    assert all(found.leaves_out for found in tried_widths(Known(FOUR, ends="excluded"), "bitops", is_changed=False))


@pytest.mark.parametrize("quantity", TRIED_BITS)
def test_bits_that_nobody_gave_are_the_first_thing_assumed(quantity: str) -> None:
    tried = {found.words[0] for found in tried_widths(Known(), quantity, is_changed=False)}
    changed = {found.words[0] for found in tried_widths(Known(), quantity, is_changed=True)}
    assert len(tried) == len(TRIED_BITS[quantity])
    assert changed == tried & {"fp32", "8 bits", "4 bits"}
