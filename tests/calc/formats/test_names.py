"""Formats by name, and what is none."""

import pytest

from calc.errors import OpError
from calc.formats import FormatPair, format_named, formats, known_format, known_pair


def test_every_listed_format_is_found_by_its_name_in_any_case() -> None:
    for found in formats():
        assert known_format(found.name) == known_format(found.name.upper()) == found


@pytest.mark.parametrize(
    "text, name, code_bits",
    [("1", "1", 1), ("64", "64", 64), ("007", "7", 7), ("int64", "int64", 64), ("int1g1048576", "int1g1048576", 1)],
)
def test_the_smallest_and_the_largest_numbers(text: str, name: str, code_bits: int) -> None:
    found = format_named(text)
    assert (found.name, found.code_bits) == (name, code_bits)


@pytest.mark.parametrize(
    "text",
    ["", "adaptive", "w4a8", "int", "int4g", "int4gx", "intg128", "x" * 10_000, "fp33", "²", "int4g" + "9" * 100],
)
def test_no_format(text: str) -> None:
    assert known_format(text) is None


@pytest.mark.parametrize(
    "text, fact",
    [
        ("0", "0 bits: must be 1 to 64"),
        ("65", "65 bits: must be 1 to 64"),
        ("9" * 5000, "999999999999 bits: must be 1 to 64"),
        ("int0", "int0: 0 bits a code: must be 1 to 64"),
        ("int4g0", "int4g0: 0 weights a group: must be 1 to 1,048,576"),
        ("gptq5g128", "gptq5g128: 5 bits a code: must be 2, 3, 4, 8"),
        ("int4g0000000128", "int4g0000000128: 0000000128 weights a group: must be 1 to 1,048,576"),
        ("int4g1048577", "int4g1048577: 1048577 weights a group: must be 1 to 1,048,576"),
        ("int4g" + "9" * 40, f"int4g{'9' * 40}: 999999999999 weights a group: must be 1 to 1,048,576"),
    ],
)
def test_numbers_that_cannot_be(text: str, fact: str) -> None:
    with pytest.raises(OpError) as raised:
        known_format(text)
    assert raised.value.fact == fact


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(OpError) as raised:
        format_named("int4g128_asim")
    assert (raised.value.fact, raised.value.hint) == (
        "unknown format 'int4g128_asim'",
        "did you mean int4g128_asym or ct4g128_asym or int4g128?",
    )


def test_one_format_is_not_two() -> None:
    with pytest.raises(OpError, match="w4g128a8 is two formats: weights in int4g128, activations in 8"):
        format_named("w4g128a8")


@pytest.mark.parametrize(
    "text, hint",
    [
        ("Q4_K_M", "Q4_K_M is a mix of formats by tensor; a tensor of it is in one, such as Q4_K"),
        ("q9_k_m", "did you mean q8_k or q6_k or q5_k?"),
        ("iq4_n", "did you mean iq4_nl or iq4_xs or q4_k?"),
        ("8-bit", "did you mean 8?"),
        ("half", "did you mean fp16?"),
        ("zzz", "calc formats lists them"),
        ("x" * 10_000, "calc formats lists them"),
    ],
)
def test_what_an_unknown_name_may_have_meant(text: str, hint: str) -> None:
    with pytest.raises(OpError) as raised:
        format_named(text)
    assert raised.value.hint == hint


@pytest.mark.parametrize(
    "text, name",
    [
        ("f32", "fp32"),
        ("BF16", "bf16"),
        ("I8", "8"),
        ("gguf_F16", "fp16"),
        ("gguf_q4_K", "Q4_K"),
        ("gguf_mxfp4", "gguf_MXFP4"),
    ],
)
def test_types_of_files_by_their_own_names(text: str, name: str) -> None:
    assert format_named(text).name == name


def test_gguf_before_what_is_none_of_its_types() -> None:
    assert known_format("gguf_int4") is None


@pytest.mark.parametrize(
    "text, weights, activations",
    [
        ("8", "8", "8"),
        (" w4a8 ", "4", "8"),
        ("w4a8_asym", "int4_asym", "8"),
        ("w4g128a8", "int4g128", "8"),
        ("W4G128A16_asym", "int4g128_asym", "16"),
        ("int8", "int8", "int8"),
        ("bf16", "bf16", "bf16"),
        ("int4g128", "int4g128", "fp16"),
        ("nf4-a8", "nf4", "8"),
        ("Q4_K-aBF16", "Q4_K", "bf16"),
        ("fp8_channel-afp8", "fp8_channel", "fp8"),
    ],
)
def test_weights_and_activations(text: str, weights: str, activations: str) -> None:
    assert known_pair(text) == FormatPair(format_named(weights), format_named(activations))


def test_no_pair() -> None:
    assert known_pair("adaptive") is None
    assert known_pair("w4") is None
    assert known_pair("nf4-a") is known_pair("-a8") is known_pair("nf4-aa") is known_pair("xx-a8") is None


def test_activations_in_a_format_of_weights() -> None:
    with pytest.raises(OpError) as raised:
        known_pair("int8-anf4")
    assert raised.value.fact == "nf4 is a format of weights alone; int8-anf4 reads activations in it"
