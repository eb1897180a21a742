"""What is drawn does not go by the numbers in the code of this project, which Hypothesis looks up in loaded modules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from tests.same_draws import same_draws

IN_CODE = range(40_000, 41_000)


def drawn() -> list[int]:
    found: list[int] = []

    @settings(max_examples=100, derandomize=True, database=None)
    @given(st.lists(st.integers(0, 2**40), min_size=5, max_size=5))
    def draw(numbers: list[int]) -> None:
        found.extend(numbers)

    draw()
    return found


@pytest.mark.skipif(not hasattr(providers, "_get_local_constants"), reason="this Hypothesis looks into no module")
def test_numbers_in_code_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with same_draws():
        before = drawn()
    constants = providers.Constants(integers=set(IN_CODE))
    monkeypatch.setattr(providers, "_get_local_constants", lambda: constants)
    providers.CONSTANTS_CACHE.cache.clear()
    with same_draws():
        assert drawn() == before
    assert any(number in IN_CODE for number in drawn())  # which are drawn otherwise
    providers.CONSTANTS_CACHE.cache.clear()
