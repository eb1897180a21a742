"""--phase, --tokens and --context as the params tokens and past."""

import pytest

from calc.errors import OpError
from calc.spec.phases import of_call

PARAMS = ("tokens", "past", "dim")


@pytest.mark.parametrize(
    "phase, tokens, context, expected",
    [
        (None, None, None, {}),
        ("prefill", None, None, {"past": 0}),
        ("prefill", 2048, None, {"tokens": 2048, "past": 0}),
        ("prefill", None, 2048, {"tokens": 2048, "past": 0}),
        ("prefill", 512, 2048, {"tokens": 512, "past": 1536}),
        ("decode", None, 2048, {"tokens": 1, "past": 2047}),
        ("decode", 1, 1, {"tokens": 1, "past": 0}),
        (None, 3, 10, {"tokens": 3, "past": 7}),
        (None, 3, None, {"tokens": 3, "past": 0}),
    ],
)
def test_params(phase: str | None, tokens: int | None, context: int | None, expected: dict[str, int]) -> None:
    assert of_call(PARAMS, (), phase, tokens, context) == expected


@pytest.mark.parametrize(
    "given, phase, tokens, context, fact",
    [
        ((), "decod", None, 9, "--phase 'decod': must be prefill or decode"),
        ((), "decode", None, None, "--phase decode needs --context"),
        ((), "decode", 2, 9, "a decode step has one new token"),
        ((), None, 10, 9, "--tokens 10 is more than --context 9"),
        (("past",), None, 1, 9, "--set past is given with --phase, --tokens or --context"),
    ],
)
def test_what_contradicts(
    given: tuple[str, ...], phase: str | None, tokens: int | None, context: int | None, fact: str
) -> None:
    with pytest.raises(OpError, match=fact):
        of_call(PARAMS, given, phase, tokens, context)


def test_a_network_without_tokens() -> None:
    with pytest.raises(OpError, match="specs with the params tokens and past"):
        of_call(("tokens",), (), "prefill", None, None)
    assert of_call(("width",), (), None, None, None) == {}
