"""Quantised matrices that are several tensors of a file."""

from math import prod

import pytest

from calc.weights.packed import unpacked
from calc.weights.stored import StoredTensor

BYTES = {"U8": 1, "I8": 1, "F8_E4M3": 1, "BF16": 2, "F16": 2, "F32": 4, "I32": 4, "U32": 4, "I64": 8}
OUT, IN = 256, 512


def stored(**tensors: tuple[str, tuple[int, ...]]) -> list[StoredTensor]:
    """Tensors of the module ``m`` by their parts, ``__`` for a dot, and a norm of as many values as inputs."""
    named = {f"m.{part.replace('__', '.', 2)}": found for part, found in tensors.items()} | {
        "n.weight": ("BF16", (IN,))
    }
    return [StoredTensor(n, s, prod(s), f, 0, BYTES[f] * prod(s)) for n, (f, s) in named.items()]


CT = {
    "weight_packed": ("I32", (OUT, IN // 8)),
    "weight_scale": ("BF16", (OUT, IN // 128)),
    "weight_shape": ("I64", (2,)),
}
CT8 = CT | {"weight_packed": ("I32", (OUT, IN // 4)), "weight_scale": ("BF16", (OUT, 1))}
FP4 = {"weight_packed": ("U8", (OUT, IN // 2)), "weight_scale": ("U8", (OUT, IN // 32))}
NVFP4 = FP4 | {"weight_scale": ("F8_E4M3", (OUT, IN // 16)), "weight_global_scale": ("F32", (1,))}
GPTQ = {
    "qweight": ("I32", (IN // 8, OUT)), "qzeros": ("I32", (IN // 128, OUT // 8)), "scales": ("F16", (IN // 128, OUT)),
    "g_idx": ("I32", (IN,)),
}  # fmt: skip
AWQ = {"qweight": ("I32", (IN, OUT // 8)), "qzeros": GPTQ["qzeros"], "scales": GPTQ["scales"]}
NF4 = {
    "weight": ("U8", (OUT * IN // 2, 1)),
    "weight__absmax": ("F32", (OUT * IN // 64,)),
    "weight__quant_map": ("F32", (16,)),
    "weight__quant_state__bitsandbytes__nf4": ("U8", (80,)),
}
NF4_DOUBLE = NF4 | {
    "weight__absmax": ("U8", (OUT * IN // 64,)),
    "weight__nested_absmax": ("F32", (OUT * IN // 64 // 256,)),
    "weight__nested_quant_map": ("F32", (256,)),
}
MLX = {"weight": ("U32", (OUT, IN // 8)), "scales": ("BF16", (OUT, IN // 64)), "biases": ("BF16", (OUT, IN // 64))}
FP8 = {"weight": ("F8_E4M3", (OUT, IN))}
INT8 = {"weight": ("I8", (OUT, IN))}


@pytest.mark.parametrize(
    "tensors, format_, bits",
    [
        (CT, "ct4g128", 4 + 16 / 128 + 128 / (OUT * IN)),
        (CT | {"weight_zero_point": ("I32", (OUT // 8, IN // 128))}, "ct4g128_asym", 4 + 20 / 128 + 128 / (OUT * IN)),
        (CT8, "ct8", 8 + 16 / IN + 128 / (OUT * IN)),
        (FP4, "mxfp4", 4 + 8 / 32),
        (NVFP4, "nvfp4", 4 + 8 / 16 + 32 / (OUT * IN)),
        (GPTQ, "gptq4g128", 4 + 20 / 128 + 32 / OUT),
        (AWQ, "awq4g128", 4 + 20 / 128),
        (MLX, "mlx4g64", 4 + 32 / 64),
        (FP8 | {"weight_scale": ("F32", (1,))}, "fp8_tensor", 8 + 32 / (OUT * IN)),
        (FP8 | {"weight_scale_inv": ("F32", (OUT // 128, IN // 128))}, "fp8_tile128", 8 + 32 / 128**2),
        (INT8 | {"weight_scale": ("BF16", (OUT, 1))}, "int8", 8 + 16 / IN),
        (INT8 | {"weight_scale": ("BF16", (OUT, IN // 128))}, "int8g128", 8 + 16 / 128),
        (INT8 | {"SCB": ("F32", (OUT,))}, "bnb_int8", 8 + 32 / IN),
    ],
)
def test_a_matrix_has_its_sizes_its_format_and_all_its_bytes(tensors: dict, format_: str, bits: float) -> None:
    matrix, norm = unpacked(stored(**tensors))
    assert (matrix.name, matrix.sizes, matrix.format) == ("m.weight", (OUT, IN), format_)
    assert 8 * matrix.bytes == bits * OUT * IN
    assert sum(matrix.parts.values()) == matrix.bytes
    assert norm.name == "n.weight"


@pytest.mark.parametrize("tensors, format_", [(NF4, "nf4"), (NF4_DOUBLE, "nf4_double")])
def test_bitsandbytes_keeps_tables_beside_its_codes_and_no_shape(tensors: dict, format_: str) -> None:
    matrix, _ = unpacked(stored(**tensors))
    assert (matrix.name, matrix.sizes, matrix.format) == ("m.weight", (OUT * IN, 1), format_)
    assert matrix.parts["tables"] == 80 + 4 * 16 + (4 * 256 if format_ == "nf4_double" else 0)
    assert matrix.parts["codes"] == OUT * IN // 2


def test_blocks_of_all_experts_are_one_tensor() -> None:
    matrix, _ = unpacked(stored(down_blocks=("U8", (4, OUT, IN // 32, 16)), down_scales=("U8", (4, OUT, IN // 32))))
    assert (matrix.name, matrix.sizes, matrix.format) == ("m.down", (4, OUT, IN), "mxfp4")


def test_other_bytes_than_those_of_a_format_are_like_it() -> None:
    without_index = {part: found for part, found in GPTQ.items() if part != "g_idx"}
    assert unpacked(stored(**without_index))[0].format == "like gptq4g128"
    wide = CT | {"weight_scale": ("F32", (OUT, IN // 128))}
    assert unpacked(stored(**wide))[0].format == "like ct4g128"


@pytest.mark.parametrize(
    "tensors",
    [
        {"qweight": ("I32", (3, 5)), "qzeros": ("I32", (1, 7)), "scales": ("F16", (2, 11))},
        {"qweight": ("I32", ()), "qzeros": ("I32", ()), "scales": ("F16", ())},
        {"qweight": ("I32", (0, 8)), "qzeros": ("I32", (0, 0)), "scales": ("F16", (0, 0))},
        {"weight_packed": ("I32", ()), "weight_scale": ("BF16", ())},
        {"weight": ("U32", ()), "scales": ("BF16", ()), "biases": ("BF16", ())},
        {"weight": ("I8", ()), "weight_scale": ("F32", (3,))},
        {"weight": ("F32", (2, 2)), "weight_scale": ("F32", (1,))},
        {"weight": ("U8", (8, 1)), "weight__absmax": ("F32", (1,))},
        {"x_blocks": ("U8", ()), "x_scales": ("U8", ())},
    ],
)
def test_what_only_is_called_so_stays_as_it_is(tensors: dict) -> None:
    given = stored(**tensors)
    assert unpacked(given) == tuple(given)
