"""Which format a tensor gets as a file type: parts of what llama.cpp publishes and checks itself.

Blocks and formats are from its tests/snapshots (MIT), sizes from the table of Llama-3.1-8B in its
tools/quantize/README.
"""

import pytest

from calc.formats import format_named
from calc.weights.file_types import _CONDITIONS, Matrix, NetworkFacts, file_types
from calc.weights.groups import number_ranges
from tests.calc.weights.networks import language_model

GEMMA = language_model(34, 2560, 10240, 262144, 1024, tied=True), NetworkFacts("gemma3", 34, 8, 4)
LLAMA_70B = language_model(80, 8192, 28672, 128256, 1024), NetworkFacts("llama", 80, 64, 8)
GPT_OSS = language_model(36, 2880, 2880, 201088, 512, experts=128), NetworkFacts("gpt-oss", 36, 64, 8, 128)
LLAMA_8B = language_model(32, 4096, 14336, 128256, 1024)


def blocks(network: tuple[list[Matrix], NetworkFacts], file_type: str, tensor: str) -> dict[str | None, str]:
    """The blocks in which ``tensor`` has each format."""
    found: dict[str | None, list[str]] = {}
    for name, format_ in file_types().chosen(file_type, *network).items():
        if name.endswith(f".{tensor}.weight"):
            found.setdefault(format_, []).append(name.split(".")[1])
    return {format_: number_ranges(numbers) for format_, numbers in found.items()}


EVERY_THIRD = "0..9,12,15,18,21,24,27,30,33,36,39,42,45,48,51,54,57,60,63,66,69..79"


@pytest.mark.parametrize(
    "network, file_type, tensor, expected",
    [
        (GEMMA, "Q4_K_M", "attn_v", {"Q6_K": "0..3,6,9,12,15,18,21,24,27,29..33"}),
        (GEMMA, "Q3_K_M", "ffn_down", {"Q5_K": "0..1", "Q4_K": "2..33"}),
        (GEMMA, "IQ3_XS", "ffn_gate", {"IQ3_S": "0..3,29..33", "IQ3_XXS": "4..28"}),
        (GEMMA, "IQ3_XXS", "ffn_down", {"Q4_K": "0..3", "Q3_K": "4..33"}),
        (GEMMA, "IQ1_M", "attn_output", {"IQ2_XXS": "0..33"}),
        (LLAMA_70B, "Q4_K_M", "attn_v", {"Q6_K": EVERY_THIRD}),
        (LLAMA_70B, "Q3_K_M", "ffn_down", {"Q5_K": "0..4", "Q4_K": "5..79"}),
        (LLAMA_70B, "Q2_K", "attn_v", {"Q5_K": "0..79"}),
        (LLAMA_70B, "IQ2_XXS", "ffn_down", {"Q2_K": "0..9", "IQ2_XXS": "10..79"}),
        (GPT_OSS, "Q4_K_S", "ffn_down_exps", {"Q5_1": "0..3", "Q5_0": "4..35"}),
        (GPT_OSS, "IQ2_M", "ffn_down_exps", {"IQ4_NL": "0..35"}),
        (GPT_OSS, "Q6_K", "attn_k", {"Q8_0": "0..35"}),
        (GPT_OSS, "MXFP4_MOE", "ffn_up_exps", {"MXFP4": "0..35"}),
        (GPT_OSS, "MXFP4_MOE", "attn_v", {"Q8_0": "0..35"}),
        (GPT_OSS, "Q4_K_M", "ffn_gate_inp", {None: "0..35"}),
    ],
)
def test_blocks_are_those_of_the_programs_own_tests(
    network: tuple[list[Matrix], NetworkFacts], file_type: str, tensor: str, expected: dict[str | None, str]
) -> None:
    found = blocks(network, file_type, tensor)
    assert {format_: numbers for format_, numbers in found.items() if format_ in expected} == expected


@pytest.mark.parametrize(
    "network, file_type, embedding, head",
    [
        (GEMMA, "Q4_K_M", "Q6_K", None),  # one tensor for both
        (GEMMA, "Q8_0", "Q8_0", None),
        (LLAMA_70B, "IQ3_XXS", "IQ3_S", "Q5_K"),
        (LLAMA_70B, "TQ1_0", "Q4_K", "Q6_K"),
        (LLAMA_70B, "Q8_0", "Q8_0", "Q8_0"),
        (LLAMA_70B, "BF16", "BF16", "BF16"),
        (GPT_OSS, "Q5_K_M", "Q5_1", "Q8_0"),  # rows of 2880 are no multiple of 256
    ],
)
def test_embedding_and_head_have_formats_of_their_own(
    network: tuple[list[Matrix], NetworkFacts], file_type: str, embedding: str, head: str | None
) -> None:
    found = file_types().chosen(file_type, *network)
    assert (found["token_embd.weight"], found.get("output.weight")) == (embedding, head)


@pytest.mark.parametrize(
    "file_type, with_imatrix, bits",
    [
        ("IQ1_S", False, "2.0042"),
        ("IQ3_XXS", True, "3.2548"),
        ("Q2_K_S", False, "2.9697"),
        ("IQ4_XS", False, "4.4597"),
        ("Q4_K_S", False, "4.6672"),
        ("Q6_K", True, "6.5633"),
        ("F16", False, "16.0005"),
    ],
)
def test_bits_a_weight_are_those_of_the_published_table(file_type: str, with_imatrix: bool, bits: str) -> None:
    found = file_types().chosen(file_type, LLAMA_8B, NetworkFacts("llama", 32, 32, 8, with_imatrix=with_imatrix))
    stored = sum(format_named(found[matrix.name] or "F32").stored_bits(matrix.sizes) for matrix in LLAMA_8B)
    assert f"{stored / 8_030_261_248:.4f}" == bits


def test_layers_are_counted_by_tensors_and_with_experts_by_blocks() -> None:
    names = [f"blk.{at}.ffn_down_{kind}.weight" for at in range(16) for kind in ("exps", "shexp")]
    matrices = [Matrix(name, (256, 256)) for name in names]
    for experts, blocks_ in ((16, [0, 0, 1, 1]), (0, [0, 0])):  # an eighth of 16 layers
        found = file_types().chosen("Q4_K_S", matrices, NetworkFacts("x", 16, 8, 8, experts))
        assert [int(name.split(".")[1]) for name in names if found[name] == "Q5_K"] == blocks_


def test_values_are_counted_with_those_that_stand_beside_keys_and_queries() -> None:
    names = [f"blk.{at}.attn_{'qkv' if at % 2 else 'v'}.weight" for at in range(6)]
    found = file_types().chosen("Q4_K_S", [Matrix(n, (256, 256)) for n in names], NetworkFacts("x", 6, 8, 8))
    assert [at for at, name in enumerate(names) if found[name] == "Q5_K"] == [0, 1, 2, 3]


def test_an_importance_matrix_guards_the_first_layers() -> None:
    found = file_types().chosen("Q4_0", LLAMA_8B, NetworkFacts("llama", 32, 32, 8, with_imatrix=True))
    assert [at for at in range(32) if found[f"blk.{at}.ffn_down.weight"] == "Q4_1"] == [0, 1, 2, 3]


def test_a_row_that_no_block_divides_stays_at_16_bits() -> None:
    matrices = [Matrix("token_embd.weight", (10, 64)), Matrix("blk.0.attn_q.weight", (64, 100))]
    assert file_types().chosen("Q4_K_M", matrices, NetworkFacts("llama", 1, 1, 1))["blk.0.attn_q.weight"] == "F16"


def test_every_word_of_the_rules_is_known() -> None:
    types = file_types()
    roles = {str(role["role"]) for role in types.roles}
    for rule in types.rules:
        assert set(rule.get("types", ())) <= types.defaults.keys(), rule
        assert set(rule.get("roles", ())) <= roles, rule
        assert rule["format"] == "default" or format_named(rule["format"])
    used = {condition for rule in types.rules for condition in rule.get("when", ())}
    assert used == _CONDITIONS.keys()
    for one, other in types.fallbacks.items():
        assert format_named(one) != format_named(other)
