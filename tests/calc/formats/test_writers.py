"""The bytes of a tensor are those that a writer writes: the package gguf, safetensors, and published files."""

from pathlib import Path

import pytest

from calc.formats import format_named

LAYERS, HIDDEN, INNER, VOCABULARY, KEYS = 32, 4096, 14336, 128256, 8 * 128
"""Llama-3.1-8B."""
MATRICES = [
    (HIDDEN, HIDDEN),
    (KEYS, HIDDEN),
    (KEYS, HIDDEN),
    (HIDDEN, HIDDEN),
    (INNER, HIDDEN),
    (INNER, HIDDEN),
    (HIDDEN, INNER),
] * LAYERS
"""Those of attention and of the two gated layers, of every block."""
TABLES = [(VOCABULARY, HIDDEN)] * 2
"""The embedding and the head."""
NORMS = [(HIDDEN,)] * (2 * LAYERS + 1)
BLOCKS = {
    "F32": (1, 4), "F16": (1, 2), "BF16": (1, 2), "Q4_0": (32, 18), "Q4_1": (32, 20), "Q5_0": (32, 22),
    "Q5_1": (32, 24), "Q8_0": (32, 34), "Q8_1": (32, 40), "Q2_K": (256, 84), "Q3_K": (256, 110), "Q4_K": (256, 144),
    "Q5_K": (256, 176), "Q6_K": (256, 210), "Q8_K": (256, 292), "IQ2_XXS": (256, 66), "IQ2_XS": (256, 74),
    "IQ2_S": (256, 82), "IQ3_XXS": (256, 98), "IQ3_S": (256, 110), "IQ1_S": (256, 50), "IQ1_M": (256, 56),
    "IQ4_NL": (32, 18), "IQ4_XS": (256, 136), "TQ1_0": (256, 54), "TQ2_0": (256, 66), "MXFP4": (32, 17),
    "NVFP4": (64, 36), "Q1_0": (128, 18),
}  # fmt: skip
"""Weights and bytes of a block of each type of GGUF, by the structs of ggml-common.h."""


def bytes_of(name: str, sizes: list[tuple[int, ...]]) -> int:
    bits = sum([format_named(name).stored_bits(one) for one in sizes])
    assert bits % 8 == 0
    return bits // 8


def test_llama_in_half_precision() -> None:
    assert bytes_of("bf16", [*MATRICES, *TABLES, *NORMS]) == 16_060_522_496


def test_llama_as_compressed_tensors_writes_it() -> None:
    assert bytes_of("ct4g128", MATRICES) + bytes_of("bf16", [*TABLES, *NORMS]) == 5_700_595_200


@pytest.mark.parametrize("name, size", [("F16", 16_061_054_976), ("Q6_K", 6_588_170_240)])
def test_llama_as_llama_cpp_writes_it(name: str, size: int) -> None:
    """Its two file types that have all matrices in one format, as tools/quantize/README.md lists them."""
    assert bytes_of(name, [*MATRICES, *TABLES]) + bytes_of("F32", NORMS) == size


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_of_gguf(name: str) -> None:
    weights, size = BLOCKS[name]
    assert format_named(f"gguf_{name}").stored_bits((3, 2 * weights)) == 3 * 2 * size * 8


def test_every_type_of_gguf() -> None:
    gguf = pytest.importorskip("gguf")
    for kind, (weights, size) in gguf.GGML_QUANT_SIZES.items():
        found = format_named(f"gguf_{kind.name}")
        assert (found.columns_multiple, found.bits_per_weight * weights) == (weights, size * 8), kind.name
        assert found.stored_bits((3, 5, weights * 2)) == 3 * 5 * 2 * size * 8


@pytest.mark.parametrize(
    "name", ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4"]
)
def test_what_gguf_packs(name: str) -> None:
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    found = format_named(f"gguf_{name}")
    for sizes in ((1, found.columns_multiple), (7, 3 * found.columns_multiple), (2, 3, found.columns_multiple)):
        tensor = numpy.random.default_rng(0).normal(size=sizes).astype("float32")
        packed = gguf.quants.quantize(tensor, gguf.GGMLQuantizationType[name])
        assert packed.nbytes * 8 == found.stored_bits(sizes)


def test_a_file_of_gguf(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    shapes = {"Q4_0": (5, 96), "Q8_0": (3, 2, 32), "BF16": (7,), "F32": (3, 11)}
    path = tmp_path / "small.gguf"
    writer = gguf.GGUFWriter(path, "test")
    for name, sizes in shapes.items():
        kind = gguf.GGMLQuantizationType[name]
        packed = gguf.quants.quantize(numpy.ones(sizes, "float32"), kind)
        writer.add_tensor(name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reader = gguf.GGUFReader(path)
    expected = {name: format_named(name).stored_bits(sizes) // 8 for name, sizes in shapes.items()}
    assert {tensor.name: int(tensor.n_bytes) for tensor in reader.tensors} == expected
    aligned = [-(-size // reader.alignment) * reader.alignment for size in expected.values()]
    assert path.stat().st_size == reader.data_offset + sum(aligned)


def test_a_file_of_safetensors(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    floats = pytest.importorskip("ml_dtypes")
    save_file = pytest.importorskip("safetensors.numpy").save_file
    kinds = {
        "F64": "float64", "F32": "float32", "F16": "float16", "BF16": floats.bfloat16, "I8": "int8", "U8": "uint8",
        "I32": "int32", "F8_E4M3": floats.float8_e4m3fn, "F8_E5M2": floats.float8_e5m2,
    }  # fmt: skip
    path = tmp_path / "small.safetensors"
    for name, kind in kinds.items():
        for sizes in ((7,), (3, 5), (2, 3, 1, 5)):
            save_file({"tensor": numpy.zeros(sizes, kind)}, path)
            header = 8 + int.from_bytes(path.read_bytes()[:8], "little")
            assert (path.stat().st_size - header) * 8 == format_named(name).stored_bits(sizes)
