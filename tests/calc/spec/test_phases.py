"""--phase, --tokens and --context as the params tokens and past."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.spec import load, loads
from calc.spec.phases import LanguageCall, call_of, of_call, trained_for

PARAMS = ("tokens", "past", "dim")


@pytest.mark.parametrize(
    "phase, tokens, context, expected",
    [
        (None, None, None, {}),
        ("prefill", None, None, {"past": 0}),
        ("prefill", 2048, None, {"tokens": 2048, "past": 0}),
        ("prefill", None, 2048, {"tokens": 2048, "past": 0}),
        ("prefill", 2048, 2048, {"tokens": 2048, "past": 0}),
        ("decode", None, 2048, {"tokens": 1, "past": 2047}),
        ("decode", 1, 2, {"tokens": 1, "past": 1}),
        (None, 1, 1, {"tokens": 1, "past": 0}),
        (None, 3, 10, {"tokens": 3, "past": 7}),
        (None, 3, None, {"tokens": 3, "past": 0}),
    ],
)
def test_params(phase: str | None, tokens: int | None, context: int | None, expected: dict[str, int]) -> None:
    assert of_call(PARAMS, (), phase, tokens, context) == expected


@pytest.mark.parametrize(
    "given, phase, tokens, context, fact, hint",
    [
        ((), "decod", None, 9, "--phase 'decod': must be prefill or decode", "did you mean decode?"),
        ((), "x" * 61, None, 9, f"--phase '{'x' * 60}': must be prefill or decode", "known here: decode, prefill"),
        (
            (),
            "decode",
            None,
            None,
            "--phase decode needs --context, the number of tokens including the new one",
            "",
        ),
        ((), "decode", 2, 9, "--phase decode --tokens 2: a decode step has one new token", ""),
        (
            (),
            "decode",
            None,
            1,
            "--phase decode --context 1: a decode step follows earlier tokens",
            "--phase prefill --tokens 1, or more context",
        ),
        (
            (),
            "prefill",
            512,
            2048,
            "--phase prefill --tokens 512 --context 2048: in a prefill no tokens come before the new ones",
            "leave --phase out for 512 new tokens after 1536",
        ),
        ((), None, 10, 9, "--tokens 10 is more than --context 9: the context ends with the new tokens", ""),
        *[
            (
                (name,),
                None,
                1,
                9,
                f"--set {name} is given with --phase, --tokens or --context",
                "they set the same param: leave one out",
            )
            for name in ("tokens", "past")
        ],
    ],
)
def test_what_contradicts(
    given: tuple[str, ...], phase: str | None, tokens: int | None, context: int | None, fact: str, hint: str
) -> None:
    with pytest.raises(OpError) as caught:
        of_call(PARAMS, given, phase, tokens, context)
    assert (caught.value.fact, caught.value.hint) == (fact, hint)


def test_a_network_without_tokens() -> None:
    for asked in (("prefill", None, None), (None, 1, None), (None, None, 1)):
        with pytest.raises(OpError) as caught:
            of_call(("tokens",), (), *asked)
        fact = "--phase, --tokens and --context are only for language models: specs with the params tokens and past"
        hint = f"--set tokens={asked[1] or asked[2] or 128}: it has no cache"
        assert (caught.value.fact, caught.value.hint) == (fact, hint)
        with pytest.raises(OpError) as caught:
            of_call(("width",), (), *asked)
        assert (caught.value.fact, caught.value.hint) == (fact, "")
    assert of_call(("width",), (), None, None, None) == {}


NET = """
name: net
params: {tokens: 3, past: 0, LIMIT: MOST}
input: {shape: [tokens, 4], channels: last}
layers: [{cache: past}, {linear: 2}]
"""


def net(limit: str = "max_position_embeddings", most: str = "100"):
    return loads(NET.replace("LIMIT", limit).replace("MOST", most))


def test_the_call_that_is_counted_knows_for_how_many_tokens_the_network_was_trained() -> None:
    call = call_of(net(), {"tokens": 1, "past": 41})
    assert call == LanguageCall(1, 41, 100)
    assert (call.context, call.phase) == (42, "decode")
    assert [LanguageCall(*given).phase for given in ((5, 0), (1, 0), (5, 5))] == ["prefill", "prefill", ""]
    assert trained_for(net(), {"max_position_embeddings": 7}) == 7
    assert trained_for(net(most="null"), {}) is None
    assert call_of(load("resnet18"), {}) is None
    assert call_of(net(), {"tokens": 1.5}) is call_of(net(), {"past": 1.5}) is None  # which a layer refuses
    assert call.to_json_dict() == {"tokens": 1, "past": 41, "context": 42, "max_position_embeddings": 100}


@pytest.mark.parametrize("past, told", [(97, False), (98, True)])
def test_a_context_that_it_was_not_trained_for_is_a_warning_with_both_numbers(past: int, told: bool) -> None:
    found = analyse(net(), {"past": past}).warnings
    assert [str(problem) for problem in found] == told * [
        "the context of 101 tokens is more than max_position_embeddings=100\n"
        "  hint: the counts are right, but the network was not trained for later positions"
    ]
    assert not analyse(net(most="null"), {"past": past}).warnings


def test_a_context_that_it_has_learnt_no_places_for_is_refused() -> None:
    with pytest.raises(OpError) as caught:
        analyse(load("gpt2"), {"tokens": 1, "past": 1024})
    assert caught.value.fact == "the context of 1,025 tokens is more than positions=1,024"
    assert (
        caught.value.hint
        == f"{load('gpt2').name} has a learnt embedding for each position, so it cannot take a longer context"
    )
    assert analyse(load("gpt2"), {"tokens": 1, "past": 1023}).totals.macs


def test_a_param_that_reports_read_need_not_be_used_and_another_must() -> None:
    with pytest.raises(SpecError, match="nothing uses the param max_position"):
        net("max_position")
