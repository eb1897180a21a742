"""Which file type a file is."""

from math import prod

import pytest

from calc.formats import format_named
from calc.frozen import FrozenDict
from calc.precision import resolve
from calc.weights.file_types import NetworkFacts, file_types
from calc.weights.fit import FormatDifference, network_facts, policy_fit, type_fit
from calc.weights.roles import roles
from calc.weights.stored import StoredTensor, WeightFile
from tests.calc.weights.networks import language_model

LAYERS = 16
FACTS = {
    "general.architecture": "llama",
    "llama.block_count": LAYERS,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": 2,
}


def file_of(file_type: str, changed: dict[str, str], **facts: object) -> WeightFile:
    matrices = language_model(LAYERS, 512, 1024, 1000, 256)
    formats = file_types().chosen(file_type, matrices, NetworkFacts("llama", LAYERS, 8, 2)) | changed
    tensors = []
    for name, sizes in matrices:
        stored = format_named(formats[name] or "F32")
        tensors.append(StoredTensor(name, sizes, 1, formats[name] or "F32", 0, stored.stored_bits(sizes) // 8))
    return WeightFile("f", "GGUF 3", tuple(tensors), 0, 0, 0, facts=FrozenDict(FACTS | facts))


@pytest.mark.parametrize("file_type", ["Q4_K_M", "Q3_K_L", "IQ2_XS", "Q8_0", "F16"])
def test_a_file_fits_its_type(file_type: str) -> None:
    found = type_fit(file_of(file_type, {}))
    assert found is not None
    assert (found.name, found.differences, found.declared) == (file_type, (), None)


def test_the_nearest_type_is_found_and_what_differs_named() -> None:
    changed = {"output.weight": "Q8_0", "blk.2.attn_k.weight": "F32", "output_norm.weight": "Q8_0"}
    found = type_fit(file_of("Q4_K_M", changed, **{"general.file_type": 7}))
    assert found is not None
    assert (found.name, found.declared) == ("Q4_K_M", "Q8_0")
    assert set(found.differences) == {
        FormatDifference("output.weight", "Q8_0", "Q6_K"),
        FormatDifference("blk.2.attn_k.weight", "F32", "Q4_K"),
        FormatDifference("output_norm.weight", "Q8_0", None),
    }


def test_of_types_that_fit_alike_the_one_that_the_file_says_is_taken() -> None:
    for number, file_type in ((16, "Q5_K_S"), (1024 + 16, "Q5_K_S")):
        found = type_fit(file_of("Q5_K_S", {}, **{"general.file_type": number}))
        assert found is not None
        assert (found.name, found.declared) == (file_type, file_type)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"general.architecture": 1},
        FACTS | {"llama.block_count": 0},
        FACTS | {"llama.block_count": True},
        FACTS | {"llama.block_count": 2**40},
        FACTS | {"llama.attention.head_count": ("8",)},
        FACTS | {"llama.expert_count": -1},
    ],
)
def test_a_header_that_says_too_little_or_nonsense_fits_nothing(facts: dict[str, object]) -> None:
    assert network_facts(facts) is None


def stored(name: str, format_: str, *sizes: int) -> StoredTensor:
    return StoredTensor(name, sizes, prod(sizes), format_, 0, 0)


FLOATS = [
    stored("embed.weight", "BF16", 9, 4),
    stored("0.fc.weight", "BF16", 4, 4),
    stored("0.fc.bias", "BF16", 4),
    stored("1.fc.weight", "BF16", 4, 4),
    stored("norm.weight", "BF16", 4),
    stored("norm.num_batches_tracked", "I64"),
]


def quantised(format_: str, *others: StoredTensor) -> list[StoredTensor]:
    """The same with its weights in another format."""
    return [tensor._replace(format=format_) if "fc.weight" in tensor.name else tensor for tensor in FLOATS] + [*others]


@pytest.mark.parametrize(
    "tensors, policy, differing",
    [
        (FLOATS, "bf16", []),
        ([tensor._replace(format="F16") for tensor in FLOATS], "fp16", []),
        (quantised("ct4g128"), "ct4g128", []),
        (quantised("nf4", stored("2.fc.weight", "BF16", 4, 4)), "nf4", ["2.fc.weight"]),
        (quantised("like ct4g128"), "bf16", ["0.fc.weight", "1.fc.weight"]),
    ],
)
def test_a_policy_fits_what_it_stores_so(tensors: list[StoredTensor], policy: str, differing: list[str]) -> None:
    found = policy_fit(tensors, roles(tensors))
    assert found is not None
    assert (found.name, [one.name for one in found.differences]) == (policy, differing)
    assert found.tensors == len(tensors) - 1  # a buffer is in no policy
    assert resolve(found.name)


def test_what_is_stored_in_many_ways_fits_no_policy() -> None:
    tensors = [stored("a.weight", "F32", 4, 4), stored("b.weight", "F16", 4, 4), stored("c.weight", "BF16", 4, 4)]
    assert policy_fit(tensors, roles(tensors)) is None
    assert policy_fit([], []) is None


def test_of_a_number_a_layer_the_first_counts() -> None:
    facts = FACTS | {"llama.attention.head_count_kv": (2, 1), "llama.expert_count": 8}
    assert network_facts(facts) == NetworkFacts("llama", LAYERS, 8, 2, 8)
