"""GGUF file types as policies: sizes that llama.cpp and those who use it publish."""

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.precision import is_policy, resolve
from calc.spec import load, loads

LLAMA = {  # bytes of tensors, of the table of Llama-3.1-8B in llama.cpp's tools/quantize/README
    "IQ1_S": 2_011_791_360,
    "IQ2_XXS": 2_391_375_872,
    "IQ2_S": 2_750_652_416,
    "IQ3_S": 3_674_488_832,
    "IQ4_XS": 4_476_526_592,
    "Q2_K_S": 2_980_978_688,
    "Q3_K_S": 3_656_663_040,
    "Q4_K_S": 4_684_832_768,
    "Q5_K_S": 5_591_457_792,
    "Q6_K": 6_588_170_240,
    "F16": 16_061_054_976,
}


def at(name: str, bits: str) -> Analysis:
    return analyse(load(name), bits=bits)


@pytest.mark.parametrize("file_type", LLAMA)
def test_llama_has_the_bytes_that_are_published(file_type: str) -> None:
    assert at("llama3_8b", f"gguf:{file_type}").totals.weight_bytes == LLAMA[file_type]


def test_a_type_that_is_no_format_needs_no_prefix() -> None:
    found = at("llama3_8b", "q4_k_s")
    assert found.policy == "Q4_K_S"
    assert found.totals.weight_bytes == LLAMA["Q4_K_S"]
    assert at("llama3_8b", "Q6_K").totals.weight_bytes != LLAMA["Q6_K"]  # that format for all matrices


def test_experts_norms_and_router() -> None:
    """ggml-org/llama.cpp#14235 and #17067: Qwen3-30B-A3B as Q4_K_M is 17.28 GiB, 4.86 bits a weight."""
    found = at("qwen3_30b_a3b", "Q4_K_M")
    assert f"{found.totals.weight_bytes / 2**30:.2f}" == "17.28"
    bits = found.effective_bits.all
    assert bits is not None
    assert f"{float(bits):.2f}" == "4.86"
    formats = [tensor.format.name for tensor in found.stored]
    assert (formats.count("Q6_K"), formats.count("Q4_K")) == (49, 289)
    assert len(formats) - 49 - 289 == 241


def test_a_tied_table_is_stored_as_the_head() -> None:
    found = at("llama3_1b", "Q4_K_M")
    table = next(tensor for tensor in found.stored if tensor.elements == 128256 * 2048)
    assert table.format.name == "Q6_K"


def test_keys_and_values_are_halves_unless_said_otherwise() -> None:
    assert at("llama3_8b", "Q4_K_M").totals.kv_bytes_per_token == 131_072
    assert analyse(load("llama3_8b"), bits="Q4_K_M", kv="q8_0").totals.kv_bytes_per_token == 131_072 // 64 * 34


@pytest.mark.parametrize("name", ["gpt2", "pythia_1b", "falcon_7b", "opt_125m", "phi3_mini", "deepseek_v2_lite"])
def test_every_matrix_of_a_decoder_has_a_name_in_gguf(name: str) -> None:
    weights = [tensor.format for tensor in at(name, "Q5_K_M").stored if tensor.role == "weight"]
    assert {stored.code_bits for stored in weights} <= {5, 6, 8, 32}


def test_a_network_that_is_no_language_model() -> None:
    with pytest.raises(SpecError, match="what GGUF calls its matrix is not known") as caught:
        analyse(loads("name: x\ninput: [4]\nlayers: {a: {linear: 2}}"), bits="Q4_K_M")
    assert [problem.layer for problem in caught.value.problems] == ["a"]


def test_names() -> None:
    assert is_policy("Q4_K_M")
    assert is_policy("gguf:Q6_K:llm")
    assert not is_policy("Q4_K_X")
    assert not is_policy("gguf:Q9")
    assert resolve("GGUF:iq2_m").name == "gguf:IQ2_M"
