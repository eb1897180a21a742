"""What a tensor takes in a format, as arithmetic."""

from fractions import Fraction

import pytest

from calc.errors import OpError
from calc.formats import Format, Stored, format_named

MATRIX = (10, 300)  # rows of 300: two groups of 128, and 44 more


def made(*stored: Stored, **fields: object) -> Format:
    return Format("made", 4, stored, "test", "layout", "source", **fields)  # type: ignore[arg-type]  # as each test says


@pytest.mark.parametrize(
    "name, bits",
    [
        ("8", 10 * 300 * 8),
        ("3", 10 * 300 * 3),
        ("fp32", 10 * 300 * 32),
        ("bf16", 10 * 300 * 16),
        ("fp8", 10 * 300 * 8),
        ("int8", 10 * 300 * 8 + 10 * 16),
        ("int8_tensor", 10 * 300 * 8 + 32),
        ("int4g128", 10 * 300 * 4 + 10 * 3 * 16),
        ("int4g128_asym", 10 * 300 * 4 + 10 * 3 * 16 + 10 * 3 * 4),
        ("binary", 10 * 300),
        ("ternary", 10 * 300 * 2),
        ("fp8_tensor", 10 * 300 * 8 + 32),
        ("fp8_channel", 10 * 300 * 8 + 10 * 16),
        ("fp8_tile128", 10 * 300 * 8 + 3 * 32),
        ("nf4", 10 * 300 * 4 + 47 * 32),  # 3,000 = 46 * 64 + 56
        ("nf4_double", 10 * 300 * 4 + 47 * 8 + 32 + 32),
        ("mxfp4", 10 * 320 * 4 + 10 * 10 * 8),
        ("nvfp4", 10 * 304 * 4 + 10 * 19 * 8 + 32),
        ("int4g100_unpacked", 10 * 300 * 8 + 10 * 3 * 16),
    ],
)
def test_a_matrix(name: str, bits: int) -> None:
    assert format_named(name).stored_bits(MATRIX) == bits


@pytest.mark.parametrize(
    "sizes, rows, columns",
    [((), 1, 1), ((7,), 1, 7), ((4, 3), 4, 3), ((8, 3, 5, 5), 8, 3 * 5 * 5), ((0, 3), 0, 3), ((3, 0), 3, 0)],
)
def test_rows_are_output_channels(sizes: tuple[int, ...], rows: int, columns: int) -> None:
    found = format_named("int8")
    assert found.rows_and_columns(sizes) == (rows, columns)
    assert found.stored_bits(sizes) == rows * columns * 8 + rows * 16


def test_rows_may_run_along_the_last_axis() -> None:
    found = made(Stored("codes", 4, "element"), rows="last")
    assert found.rows_and_columns((8, 3, 5, 7)) == (8 * 3 * 5, 7)
    assert found.rows_and_columns((7,)) == (1, 7)


@pytest.mark.parametrize("name, bits", [("int4", 8 * 2), ("int3", 8 * 2), ("binary", 8), ("4", 3 * 4)])
def test_codes_are_rounded_up_to_bytes_a_tensor(name: str, bits: int) -> None:
    scale = 16 if name.startswith("int") else 0
    assert format_named(name).stored_bits((3,)) == bits + scale


def test_what_is_packed_together_is_rounded_up_together() -> None:
    sizes = (3, 5)
    assert made(Stored("codes", 4, "element", word=32, along="row")).stored_bits(sizes) == 3 * 32  # 20 bits a row
    assert made(Stored("codes", 4, "element", word=32, along="column")).stored_bits(sizes) == 5 * 32  # 12 bits a column
    assert made(Stored("codes", 4, "element", word=32)).stored_bits(sizes) == 64  # 60 bits


def test_blocks_tiles_and_what_is_once() -> None:
    sizes = (5, 13)
    assert made(Stored("scales", 32, "block", 64)).stored_bits(sizes) == 2 * 32  # 65 weights
    assert made(Stored("scales", 32, "tile", 4)).stored_bits(sizes) == 2 * 4 * 32
    assert made(Stored("index", 32, "column")).stored_bits(sizes) == 13 * 32
    assert made(Stored("shape", 128, "tensor")).stored_bits(sizes) == 128


def test_the_last_group_of_a_row_has_fewer_or_is_filled_up() -> None:
    stored = (Stored("codes", 4, "element"), Stored("scales", 8, "group", 32))
    assert made(*stored).stored_bits((2, 33)) == 2 * 33 * 4 + 2 * 2 * 8
    assert made(*stored, filled=True).stored_bits((2, 33)) == 2 * 64 * 4 + 2 * 2 * 8
    by_block = (Stored("codes", 4, "element"), Stored("scales", 8, "block", 32))
    assert made(*by_block, filled=True).stored_bits((2, 33)) == 2 * 33 * 4 + 3 * 8  # a block is no part of a row


@pytest.mark.parametrize(
    "name, sizes, bits",
    [
        ("gptq4", (32, 64), 32 * 64 * 4 + 32 * 16 + 32 * 4 + 64 * 32),
        ("gptq3g40", (32, 96), 32 * 96 * 3 + 32 * 3 * 16 + 3 * 96 + 96 * 32),  # 96 bits of zero points are 3 words
        ("awq4g32", (24, 64), 64 * 96 + 24 * 2 * 16 + 2 * 96),
        ("ct4", (3, 5), 3 * 32 + 3 * 16 + 128),
        ("ct4g8", (5, 24), 5 * 96 + 5 * 3 * 16 + 128),
        ("ct4g8_asym", (5, 24), 5 * 96 + 5 * 3 * 16 + 3 * 32 + 128),  # 20 bits of zero points are a word
        ("mlx3g32", (2, 3, 64), 2 * 3 * (192 + 2 * 16 + 2 * 16)),
        ("int8_asym", (3, 5), 15 * 8 + 3 * 16 + 3 * 8),
        ("int4_tensor_asym", (3, 5), 64 + 32 + 8),
        ("bnb_int8", (3, 5), 15 * 8 + 3 * 32),
    ],
)
def test_packed(name: str, sizes: tuple[int, ...], bits: int) -> None:
    assert format_named(name).stored_bits(sizes) == bits


def refused(name: str, *sizes: int) -> str:
    with pytest.raises(OpError) as raised:
        format_named(name).stored_bits(sizes)
    return raised.value.fact


def test_a_tensor_that_a_format_cannot_hold() -> None:
    assert refused("Q4_K", 2, 300) == "Q4_K takes rows of a multiple of 256 weights; those of 2×300 have 300"
    assert refused("Q4_K", 256, 3, 3) == "Q4_K takes rows of a multiple of 256 weights; those of 256×3×3 have 3"
    assert refused("Q8_0") == "Q8_0 takes rows of a multiple of 32 weights; those of one number have 1"
    assert refused("ct4g128", 8, 192) == "ct4g128 takes rows of a multiple of 128 weights; those of 8×192 have 192"
    assert refused("gptq4g128", 48, 128) == "gptq4g128 takes a multiple of 32 rows; 48×128 has 48"


def test_what_each_thing_takes() -> None:
    taken = [(part.stored.name, part.number, part.bits) for part in format_named("gptq4g128").taken((64, 256))]
    assert taken == [
        ("codes", 64 * 256, 64 * 256 * 4),
        ("scales", 64 * 2, 64 * 2 * 16),
        ("zero points", 64 * 2, 2 * (64 * 4)),  # the 64 of a group are 8 words of 32 bits
        ("group index", 256, 256 * 32),
    ]


@pytest.mark.parametrize(
    "name, bits",
    [
        ("int4g128", Fraction(4125, 1000)),
        ("int4g128_asym", Fraction(415625, 100000)),
        ("int4g32", Fraction(45, 10)),
        ("int8", Fraction(8)),
        ("fp16", Fraction(16)),
        ("nf4", Fraction(45, 10)),
        ("nf4_double", 4 + Fraction(8, 64) + Fraction(32, 64 * 256)),
        ("mxfp4", Fraction(425, 100)),
        ("mxfp6", Fraction(625, 100)),
        ("mxfp8", Fraction(825, 100)),
        ("nvfp4", Fraction(45, 10)),
        ("ct4g128", Fraction(4125, 1000)),
        ("fp8_tile128", 8 + Fraction(32, 128 * 128)),
        ("TQ1_0", Fraction(16875, 10000)),
    ],
)
def test_bits_a_weight(name: str, bits: Fraction) -> None:
    assert format_named(name).bits_per_weight == bits
