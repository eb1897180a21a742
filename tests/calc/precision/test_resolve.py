"""The words a user may write after --bits."""

import pytest

from calc.counts import count
from calc.errors import OpError, SpecError
from calc.formats import format_named
from calc.formats.plain import whole_format
from calc.model.graph import Bits
from calc.precision import Assigned, resolve
from tests.calc.graphs import Draft, chain


@pytest.mark.parametrize(
    "text, bits",
    [
        ("8", Bits(8, 8)),
        ("1", Bits(1, 1)),
        ("64", Bits(64, 64)),
        ("w4a8", Bits(4, 8)),
        ("w1a64", Bits(1, 64)),
        ("fp32", Bits(32, 32)),
        ("fp16", Bits(16, 16, whole_format("fp16"))),
        ("bf16", Bits(16, 16, whole_format("bf16"))),
        ("int8", Bits(8, 8, format_named("int8"))),
        ("int4g128", Bits(4, 16, format_named("int4g128"))),
    ],
)
def test_one_width_everywhere(text: str, bits: Bits) -> None:
    graph = chain(4, 8, 8, convolutions=2)
    counts = count(graph)
    policy = resolve(text)
    assert policy.name == text
    assigned = policy.assign(graph, counts)
    assert [row.bits if row else None for row in assigned] == [None, bits, bits, None, bits]


@pytest.mark.parametrize("text", ["0", "65", "w0a8", "w8a65", "9" * 5000, "w8a" + "9" * 5000])
def test_a_width_outside_1_to_64_is_refused(text: str) -> None:
    with pytest.raises(OpError, match="must be 1 to 64"):
        resolve(text)


@pytest.mark.parametrize("text", ["", "w8", "a8", "w8a", "wa", "8.0", "-1", "int", "adaptiv", "w4a8x", "٨"])
def test_any_other_word_is_refused(text: str) -> None:
    with pytest.raises(OpError, match="unknown precision"):
        resolve(text)


@pytest.mark.parametrize(
    "text, word",
    [
        ("adaptiv", "adaptive"),
        ("xfp32", "fp32"),
        ("xfp16", "fp16"),
        ("8x", "8"),
        ("int8_tensr", "int8_tensor"),
        ("8:deploy", "8:deployed"),
        ("spek", "spec"),
        ("q4_K_X", "q4_k_m"),
        ("q4_k_m:imatrx", "q4_k_m:imatrix"),
        ("gguf:q6", "gguf:q6_k"),
    ],
)
def test_the_nearest_word_is_in_the_hint(text: str, word: str) -> None:
    with pytest.raises(OpError) as error:
        resolve(text)
    assert error.value.fact == f"unknown precision '{text}'"
    meant, _, more = error.value.hint.partition("? ")
    assert word in meant.removeprefix("did you mean ").split(" or ")
    assert more == "A file of rules ends in .yaml"


@pytest.mark.parametrize(
    "text, hint",
    [
        (
            "Q4_K_XL",
            "Q4_K_XL is a mix of formats by tensor; a tensor of it is in one, such as Q4_K. "
            "A file of rules ends in .yaml",
        ),
        ("zzzzz", "a file of rules ends in .yaml; calc formats lists the formats"),
    ],
)
def test_a_word_that_is_near_none(text: str, hint: str) -> None:
    with pytest.raises(OpError) as error:
        resolve(text)
    assert error.value.hint == hint


@pytest.mark.parametrize(
    "text, name", [("W4A8", "w4a8"), ("FP32", "fp32"), ("float16", "fp16"), ("w4g128a8", "int4g128-a8"), ("FP8", "fp8")]
)
def test_what_a_precision_is_called_however_it_is_written(text: str, name: str) -> None:
    assert resolve(text).name == name


@pytest.mark.parametrize("ending", ["yaml", "yml"])
def test_a_missing_file_is_an_error_about_the_file(ending: str) -> None:
    with pytest.raises(SpecError, match=rf"nowhere\.{ending}"):
        resolve(f"nowhere.{ending}")


def test_a_width_says_that_it_is_for_all_layers() -> None:
    draft = Draft(3, 8, 8)
    draft.add("c", "conv2d", out_channels=4, kernel_size=3)
    assert resolve("w4a8").assign(draft.graph(), count(draft.graph())) == (None, Assigned(Bits(4, 8), "all layers"))
