"""GGUF file types as policies: sizes that llama.cpp and those who use it publish."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.formats import format_named
from calc.model.graph import Graph
from calc.precision import is_policy, resolve
from calc.precision.gguf import file_types_like
from calc.spec import expand, load, loads
from calc.workload import Workload, workload

PRINTED = {  # bits a weight and GiB in that table
    "IQ1_S": ("2.0042", "1.87"), "IQ2_XXS": ("2.3824", "2.23"), "IQ2_S": ("2.7403", "2.56"),
    "IQ3_S": ("3.6606", "3.42"), "IQ4_XS": ("4.4597", "4.17"), "Q2_K_S": ("2.9697", "2.78"),
    "Q3_K_S": ("3.6429", "3.41"), "Q4_K_S": ("4.6672", "4.36"), "Q5_K_S": ("5.5704", "5.21"),
    "Q6_K": ("6.5633", "6.14"), "F16": ("16.0005", "14.96"),
}  # fmt: skip
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


TYPES = Path(__file__).with_name("gguf_tensor_types.json")
"""What llama.cpp's own tests say (tests/snapshots, MIT, without an importance matrix): of each model and file type the
format of most tensors, and those of the others, by name and blocks."""
MODELS: dict[str, tuple[str, dict[str, Any], int]] = {  # with how many matrices they have
    "gemma-3-4b-it": ("gemma3_4b", {}, 34 * 7 + 1),
    "Meta-Llama-3.1-70B-Instruct": ("llama3_70b", {}, 80 * 7 + 2),
    "Qwen3-0.6B": ("qwen3_0_6b", {"tied": False}, 28 * 7 + 2),  # their file has a head of its own
    "gpt-oss-120b": ("gpt_oss_120b", {}, 36 * 6 + 2),  # whose gates stand beside the way up
}


@cache
def decided() -> dict[str, dict[str, dict[str, Any]]]:
    models = json.loads(TYPES.read_text(encoding="utf-8"))["models"]
    return {model: found["ftypes"] for model, found in models.items()}


@cache
def network(model: str) -> tuple[Graph, Workload]:
    name, params, _ = MODELS[model]
    graph = expand(load(name), params)
    return graph, workload(graph, 1)


def formats_of(model: str, file_type: str) -> Iterator[tuple[str, str]]:
    """Each matrix that is quantised by its name in GGUF, and the format that the policy gives it."""
    graph, found = network(model)
    policy: Any = resolve(f"gguf:{file_type}")
    for each in policy.assign(graph, found.counts):
        if each is not None and each.is_written:
            name, _, stored = each.rule.partition(": ")
            if not name.endswith("ffn_gate_inp"):
                yield f"{name}.weight", format_named(f"gguf_{stored}").name
    for held in policy.held_formats(graph, found.counts).values():
        yield "token_embd.weight", held.name


def wanted(decisions: dict[str, Any], name: str) -> str:
    block, tensor = name.split(".", 2)[1:] if name.startswith("blk.") else ("", name)
    other = decisions.get(tensor, {})
    if isinstance(other, dict):
        other = next((kind for kind, blocks in other.items() if int(block) in numbers(blocks)), decisions["default"])
    return format_named(f"gguf_{other}").name


@cache
def numbers(blocks: str) -> frozenset[int]:
    """``0-3,6``."""
    ends = [part.partition("-") for part in blocks.split(",")]
    return frozenset(at for first, _, last in ends for at in range(int(first), int(last or first) + 1))


def at(name: str, bits: str) -> Analysis:
    return analyse(load(name), bits=bits)


@pytest.mark.parametrize("file_type", LLAMA)
def test_llama_has_the_bytes_that_are_published(file_type: str) -> None:
    size = at("llama3_8b", f"gguf:{file_type}").totals.weight_bytes
    assert size == LLAMA[file_type]
    assert (f"{8 * size / 8_030_261_248:.4f}", f"{size / 2**30:.2f}") == PRINTED[file_type]


@pytest.mark.parametrize("model", MODELS)
def test_every_tensor_has_the_format_that_llama_cpp_gives_it(model: str) -> None:
    types = decided()[model]
    assert len(types) == 33
    for file_type, decisions in types.items():
        found = dict(formats_of(model, file_type))
        assert found == {name: wanted(decisions, name) for name in found}, file_type
        assert len(found) == MODELS[model][2]


def test_with_an_importance_matrix() -> None:
    """The twelfth of the table's rows, and the guard that others have of their first layers."""
    assert at("llama3_8b", "iq3_xxs:imatrix").totals.weight_bytes == 3_267_076_096
    found = at("llama3_8b", "gguf:q4_0:imatrix")
    assert found.policy == "gguf:Q4_0:imatrix"
    rules = {each.rule for each in found.assigned if each is not None and "Q4_1" in each.rule}
    assert rules == {f"blk.{block}.ffn_down: Q4_1" for block in range(32 // 8)}


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
    assert formats.count("fp32") == len(formats) - 49 - 289 == 241


def test_latent_attention_has_its_matrix_of_keys_transposed_and_apart_from_that_of_values() -> None:
    """As convert_hf_to_gguf.py writes it: keys in rows of 128 features, which no block of 256 divides."""
    found = at("deepseek_v2_lite", "Q4_K_M")
    rules = [each.rule for each in found.assigned if each is not None and "attn_k_b" in each.rule]
    assert rules == [f"blk.{block}.attn_k_b: Q5_0, blk.{block}.attn_v_b: Q4_K" for block in range(27)]
    stored = {tensor.bits for tensor in found.stored if tensor.elements == 16 * 256 * 512}
    assert stored == {16 * 512 * (128 // 32 * 22 + 512 // 256 * 144 // 4) * 8}
    floats = at("deepseek_v2_lite", "gguf:BF16")
    assert {tensor.bits for tensor in floats.stored if tensor.elements == 16 * 256 * 512} == {16 * 256 * 512 * 16}


def test_a_tied_table_is_stored_as_the_head() -> None:
    found = at("llama3_1b", "Q4_K_M")
    table = next(tensor for tensor in found.stored if tensor.elements == 128256 * 2048)
    assert table.format.name == "Q6_K"


def test_keys_and_values_are_halves_unless_said_otherwise() -> None:
    assert at("llama3_8b", "Q4_K_M").totals.kv_bytes_per_token == 131_072
    assert analyse(load("llama3_8b"), bits="Q4_K_M", kv="q8_0").totals.kv_bytes_per_token == 131_072 // 64 * 34


@pytest.mark.parametrize("name", ["gpt2", "pythia_1b", "falcon_7b", "phi3_mini", "deepseek_v2_lite"])
def test_every_matrix_of_a_decoder_has_a_name_in_gguf(name: str) -> None:
    weights = [tensor.format for tensor in at(name, "Q5_K_M").stored if tensor.role == "weight"]
    assert {stored.code_bits for stored in weights} <= {5, 6, 8, 32}


@pytest.mark.parametrize(
    "model_type, kv_heads, of_70b",
    [
        ("llama", 2, True), ("mistral", 2, True), ("llama", 4, False),
        ("qwen2", 2, True), ("qwen2", 4, True),  # as Qwen 1.5 72B
        ("qwen3", 2, False), ("", 2, True), ("", 4, False),
    ],
)  # fmt: skip
def test_what_llama_cpp_takes_for_70_billion_params_goes_by_the_model_type(
    model_type: str, kv_heads: int, of_70b: bool
) -> None:
    said = f"model_type: {model_type}\n" if model_type else ""
    sizes = f"vocabulary: 256, dim: 256, depth: 80, heads: 4, kv_heads: {kv_heads}, hidden: 256"
    model = loads(f"name: x\n{said}extends: family:decoder\nparams: {{{sizes}}}\n")
    found = analyse(model, bits="Q4_K_S")
    values = {
        given.bits.stored.name
        for node, given in zip(found.graph.nodes, found.assigned, strict=True)
        if node.name.endswith("layers.40.self_attn.v_proj") and given is not None
    }
    assert values == {"Q5_K" if of_70b else "Q4_K"}


def test_opt_has_no_file_type_as_llama_cpp_does_not_run_it() -> None:
    with pytest.raises(SpecError, match=r"nor for OPT, which llama\.cpp does not run"):
        at("opt_125m", "Q4_K_M")


def test_a_network_that_is_no_language_model() -> None:
    with pytest.raises(SpecError, match="the name of its matrix in GGUF is not known") as caught:
        analyse(loads("name: x\ninput: [4]\nlayers: {a: {linear: 2}}"), bits="Q4_K_M")
    assert [problem.layer for problem in caught.value.problems] == ["a"]


def test_names() -> None:
    assert is_policy("Q4_K_M")
    assert is_policy("gguf:Q6_K:llm")
    assert is_policy("q4_k_m:imatrix:llm")
    assert not is_policy("Q4_K_X")
    assert not is_policy("Q4_K_M:imatrix8")
    assert resolve("Q4_0:imatrix").name == "Q4_0:imatrix"  # nothing else may be meant
    assert not is_policy("gguf:Q9")
    assert resolve("GGUF:iq2_m").name == "gguf:IQ2_M"


ARCHITECTURES = {
    "llama3_1b": "LLAMA", "mixtral_8x7b": "LLAMA", "qwen2_0_5b": "QWEN2", "qwen3_0_6b": "QWEN3",
    "qwen3_30b_a3b": "QWEN3MOE", "phi3_mini": "PHI3", "gemma_2b": "GEMMA", "gemma3_1b": "GEMMA3", "gpt2": "GPT2",
    "pythia_1b": "GPTNEOX", "falcon_7b": "FALCON", "starcoder2_3b": "STARCODER2", "gpt_oss_20b": "GPT_OSS",
    "deepseek_v2_lite": "DEEPSEEK2",
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_names_are_those_that_the_package_gguf_gives(name: str) -> None:
    """Each expert's matrix goes by the name without its number, as what is made of all experts does; that of gates
    beside the way up, which gpt-oss has, by that of the way up."""
    gguf = pytest.importorskip("gguf")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[ARCHITECTURES[name]], 2)
    graph = expand(load(name), {"depth": 2})
    policy: Any = resolve("Q4_K_M")
    found = {}
    for node, given in zip(graph.nodes, policy.assign(graph, workload(graph, 1).counts), strict=True):
        if given is not None and given.is_written:
            found[node.name] = [each.partition(":")[0] for each in given.rule.split(", ")]
    for layer, ours in found.items():
        if layer.endswith("kv_b_proj"):
            theirs = [names.get_name(layer.replace("kv_b", f"{letter}_b")) for letter in "kv"]
        elif layer == "lm_head" and ours == ["token_embd"]:
            continue  # a tied head is the embedding
        else:
            merged = layer.replace(".experts.*", ".experts").replace("experts.gate_up", "experts.up")
            theirs = [names.get_name(merged)]
        assert ours == theirs, layer


def test_file_types_that_the_name_of_a_format_may_be_meant_for() -> None:
    assert file_types_like("Q8_0") == ["gguf:q8_0"]
    assert file_types_like("q4_k") == ["q4_k_s", "q4_k_m"]
    assert not file_types_like("bf16")  # the same of matrices, and of most files
    assert not file_types_like("q4_K_M")
