"""The ways to add up layers, against arithmetic done by hand."""

import pytest

from calc.analysis import Analysis, analyse
from calc.claims.subject import whole
from calc.claims.ways import COUNTS, EFFECTIVE, PEAKS, SIZES, twice_and_half
from tests.calc.graphs import Draft

WEIGHTS, BIASES, NORM = 8 * 256 * 9, 256, 2 * 256
PARAMS = WEIGHTS + BIASES + NORM


@pytest.fixture(scope="module")
def network() -> Analysis:
    draft = Draft(8, 6, 6)
    draft.add("conv", "conv2d", out_channels=256, kernel_size=3, padding=1)
    draft.add("norm", "batch_norm")
    return analyse(draft.graph(), bits="4")


def test_counts(network: Analysis) -> None:
    found = {way.formula: way.reading(whole(network)).value for way in COUNTS if isinstance(way.formula, str)}
    assert {way.value(whole(network)) for way in COUNTS if way.formula not in found} == {PARAMS}  # of language models
    assert found == {
        "MACs": 6 * 6 * WEIGHTS,
        "parameters": PARAMS,
        "active parameters": PARAMS,
        "weights used in MACs": WEIGHTS,
        "parameters + norm channels": PARAMS + 256,
        "parameters + buffers": PARAMS + 2 * 256 + 1,
        "MACs without zero padding": (2 * 2 + 3 * 4) ** 2 * 8 * 256,
        "outputs of every layer": 2 * 256 * 6 * 6,
    }


@pytest.mark.parametrize(
    "bits, sizes",
    [
        ("4", [WEIGHTS // 2 + 4 * (BIASES + NORM), WEIGHTS // 2, None, None, PARAMS // 2, (WEIGHTS + BIASES) // 2]),
        ("fp16", [2 * PARAMS, 2 * WEIGHTS, 2 * WEIGHTS + 4 * (BIASES + NORM), None, None, 2 * (WEIGHTS + BIASES)]),
        # a row of 72 weights is a group, with a scale of 16 bits
        (
            "int4:paper",
            [
                WEIGHTS // 2 + 256 * 2 + 4 * (BIASES + NORM),
                WEIGHTS // 2 + 256 * 2,
                None,
                WEIGHTS // 2 + 4 * (BIASES + NORM),
                PARAMS // 2,
                (WEIGHTS + BIASES) // 2,
            ],
        ),
    ],
)
def test_sizes(network: Analysis, bits: str, sizes: list[int | None]) -> None:
    subject = whole(network.with_bits(bits))
    own = SIZES[0].value(subject)
    for way, size in zip(SIZES, sizes, strict=True):
        assert way.value(subject) == (own if size is None else size), way.formula


def test_effective_bits(network: Analysis) -> None:
    of_all, of_weights = (way.value(whole(network)) for way in EFFECTIVE)
    assert (of_all, of_weights) == ((4 * WEIGHTS + 32 * (BIASES + NORM)) / PARAMS, 4)


def test_peaks(network: Analysis) -> None:
    subject = whole(network)
    image, map_ = 8 * 36 // 2, 256 * 36 // 2
    alive, arena, in_place = (way.value(subject) for way in PEAKS)
    assert (alive, in_place) == (2 * map_, map_ + image)
    assert arena == -(-map_ // 16) * 16 * 2


def test_twice_and_half_name_themselves(network: Analysis) -> None:
    twice, half = twice_and_half(COUNTS[0].reading(whole(network)))
    assert (twice.value, half.value) == (72 * WEIGHTS, 18 * WEIGHTS)
    assert (twice.assumptions, half.assumptions) == (("twice as much",), ("half as much",))
    assert (twice.formula, half.formula) == ("2 × (MACs)", "half of (MACs)")
