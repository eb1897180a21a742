"""Weights rounded to storage formats have no more values than codes, are near enough, and stay when rounded again."""

import pytest
import torch

from calc.formats import format_named, formats
from verify.quantise import QuantiseError, round_to_format
from verify.quantise.groups import Groups
from verify.quantise.roundable import is_roundable

pytestmark = pytest.mark.torch

NAMES = [*[found.name for found in formats() if is_roundable(found)], "int2g3", "int3g16_asym", "int16"]


def drawn(*sizes):
    return torch.randn(sizes, generator=torch.Generator().manual_seed(1)) * 0.1


def groups_of(values, name):
    """The weights of each scale, or of each row if there is no scale."""
    found = format_named(name)
    scales = [part for part in found.stored if part.name == "scales"]
    sizes = found.rows_and_columns(tuple(values.shape))
    return Groups.of(scales[0], *sizes).split(values) if scales else values.reshape(sizes)


@pytest.mark.parametrize("name", NAMES)
def test_no_group_has_more_values_than_its_format_has_codes(name):
    weight = drawn(3, 5, 9, 9)  # rows of 405: their last group of 32 or 128 is short
    rounded = round_to_format(weight, format_named(name))
    assert (rounded.shape, rounded.dtype) == (weight.shape, torch.float32)
    most = 2 ** format_named(name).stored[0].bits
    assert all(len(group.unique()) <= most for group in groups_of(rounded, name))
    assert (weight - rounded).norm() < (0.9 if "int2" in name else 0.25) * weight.norm()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("int8_asym", "int16")])
def test_what_is_rounded_stays_when_rounded_again(name):
    rounded = round_to_format(drawn(3, 5, 7, 2), format_named(name))
    assert torch.allclose(round_to_format(rounded, format_named(name)), rounded, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", [name for name in NAMES if "int" in name and name not in ("mxint8", "int16")])
def test_integers_are_off_by_half_a_step_and_what_the_rounding_of_their_scale_adds(name):
    weight, found = drawn(3, 5, 7, 2), format_named(name)
    groups, rounded = groups_of(weight, name), groups_of(round_to_format(weight, found), name)
    bits = found.stored[0].bits
    if "asym" in name:
        steps = (groups.amax(dim=1).clamp(min=0) - groups.amin(dim=1).clamp(max=0)) / (2**bits - 1)
    else:
        steps = groups.abs().amax(dim=1) / (2 ** (bits - 1) - 1)
    bound = 0.5 * (1 + 2**-8) + 2**bits * 2.0**-9  # bfloat16 has 8 bits: a scale is off by 2^-9 of itself
    assert ((groups - rounded).abs() <= steps[:, None] * bound).all()


@pytest.mark.parametrize("name", NAMES)
def test_zeros_stay_and_a_group_of_one_value_is_near_it(name):
    found = format_named(name)
    assert not round_to_format(torch.zeros(2, 40), found).any()
    same = torch.full((2, 40), -0.3)
    assert torch.allclose(round_to_format(same, found), same, rtol=0.2)
    assert not round_to_format(torch.tensor([0.0]), found).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [1e-45, 1e-30, 3e38])
def test_tiny_and_huge_values_stay_finite_and_keep_their_sign(name, value):
    rounded = round_to_format(torch.tensor([[value, 0.0, value / 2]]), format_named(name))
    assert (rounded >= 0).all()
    assert rounded.isfinite().all()
    assert rounded.max() <= 3.4e38


@pytest.mark.parametrize("name, most", [("fp8", 448), ("fp8_e5m2", 57344)])
def test_floats_without_a_scale_saturate(name, most):
    assert round_to_format(torch.tensor([1e6, -1e30, 1.0]), format_named(name)).tolist() == [most, -most, 1]


def test_a_channel_is_torchs_fake_quantised_one_at_the_same_scale():
    weight = drawn(4, 3, 3, 3)
    scales = (weight.abs().amax(dim=(1, 2, 3)) / 7).bfloat16().float()
    expected = torch.fake_quantize_per_channel_affine(weight, scales, torch.zeros(4, dtype=torch.int32), 0, -8, 7)
    assert torch.equal(round_to_format(weight, format_named("int4")), expected)


def test_a_group_never_crosses_a_row_and_a_block_does():
    weight = torch.tensor([[1.0, 1.0, 64.0], [0.25, 1.0, 1.0]])
    # groups 1 1 | 64 and 0.25 1 | 1, of which 7 codes reach to the largest: a step is 1/7 as bfloat16
    seventh = torch.tensor(1 / 7).bfloat16().item()
    assert round_to_format(weight, format_named("int4g2"))[1, 0] == 2 * seventh
    blocks = round_to_format(torch.cat([torch.full((1, 63), 1e-3), torch.ones(1, 63)]), format_named("nf4"))
    assert not blocks[0].any()  # beside the 1 that is the 64th of the first block
    assert (blocks[1] == 1).all()


def test_mx_scales_are_powers_of_two_and_its_largest_may_saturate():
    weight = torch.tensor([[7.9, 0.5, -5.1, 0.2] + [0.0] * 28 + [0.3]])
    rounded = round_to_format(weight, format_named("mxfp4"))[0]
    assert rounded[:4].tolist() == [6, 0.5, -6, 0]
    assert rounded[32] == 0.25 * 1.0  # alone: 4 · 2^-4 = 0.25, 6 · 2^-4 = 0.375; 0.3 is nearer to the former
    assert round_to_format(torch.tensor([1.0, 1 / 128, 3 / 128]), format_named("mxint8")).tolist() == [1, 0, 2 / 64]


def test_the_smallest_and_the_largest_scales():
    # of MX 2^-127, half of which mxfp4 can say
    tiny = torch.tensor([2.0**-128, 2.0**-129 * 0.9])
    assert round_to_format(tiny, format_named("mxfp4")).tolist() == [2.0**-128, 0]
    # as bfloat16 the largest float32 would be infinite
    most = torch.finfo(torch.float32).max
    assert (
        round_to_format(torch.tensor([most, -most]), format_named("int2")).abs().max()
        == torch.finfo(torch.bfloat16).max
    )


def test_zero_is_in_the_range_of_an_asymmetric_group():
    step = torch.tensor(2 / 15).bfloat16().item()
    for sign in (1, -1):
        rounded = round_to_format(torch.tensor([1.1, 2.0]) * sign, format_named("int4_asym"))
        assert torch.equal(rounded, torch.tensor([8 * step, 15 * step]) * sign)


def test_nvfp4_has_scales_of_8_bits_beside_one_of_the_tensor():
    weight = torch.tensor([[6.0 * 448] + [0.0] * 15 + [6.0 * 17.0, 17.0] + [0.0] * 14])
    rounded = round_to_format(weight, format_named("nvfp4"))[0]
    assert rounded[[0, 16, 17]].tolist() == [6 * 448, 6 * 16, 16]  # 17 is a tie of e4m3, and goes to 16


def test_a_tile_has_its_own_scale():
    weight = torch.full((130, 129), 3.0**-9)
    weight[0, 0] = 1.0
    near = round_to_format(weight, format_named("fp8_tile128"))
    assert torch.equal(near[128:], weight[128:])
    assert near[1, 1] != weight[1, 1]


def test_what_cannot_be_rounded():
    with pytest.raises(QuantiseError, match="1 of 2 values are NaN"):
        round_to_format(torch.tensor([1.0, float("nan")]), format_named("int4"))
    most = torch.finfo(torch.float32).max
    with pytest.raises(QuantiseError, match="are too large for int2_asym"):
        round_to_format(torch.tensor([0.9 * most, -most]), format_named("int2_asym"))


@pytest.mark.parametrize(
    "name", ["Q4_K", "IQ2_XS", "awq4g128", "gptq4g128", "ternary", "binary", "nf4_double", "int1", "int17", "mlx4g64"]
)
def test_formats_without_a_rule_are_none_that_weights_are_rounded_to(name):
    assert not is_roundable(format_named(name))
