"""What published counts of language models have beside parameters: numbers that were printed come out of rules."""

import pytest

from calc.analysis import analyse
from calc.claims import Given, Tried, explain, read_printed
from calc.claims.beside import parameters_and, rotary_buffers, router_biases, row_scales, tile_scales
from calc.claims.subject import named, whole
from calc.spec import load


def test_llama_2_as_the_hub_and_keras_hub_count_it() -> None:
    subject = whole(analyse(load("llama2_7b")))
    assert rotary_buffers(subject) == [64] * 32
    assert 6_738_415_616 + 32 * 64 == 6_738_417_664  # the Hub
    assert 6_738_415_616 + sum(row_scales(subject)) == 6_739_839_488  # keras-hub, llama2_instruct_7b_en_int8
    assert parameters_and("rotary buffers", [64] * 32) == "parameters + rotary buffers, 32 × 64"
    assert router_biases(subject) == []
    assert rotary_buffers(named(subject.analysis, "model.layers.3")) == [64]


def test_deepseek_as_the_hub_counts_it() -> None:
    subject = whole(analyse(load("deepseek_v3"), {"mtp": 1}))
    biases, scales = router_biases(subject), tile_scales(subject)
    assert biases == [256] * (58 + 1)
    narrow, half = 680_571_043_840, 3_918_786_560  # float8_e4m3fn and bfloat16
    assert subject.analysis.totals.params == narrow + half
    assert sum(biases) + sum(scales) == 41_555_600  # float32
    uneven = 62 * 7168 // 128 // 2  # kv_a_proj_with_mqa has 576 rows, four tiles and a half
    assert sum(scales) == narrow // 128**2 + uneven


def test_the_layer_for_further_tokens_is_in_no_call() -> None:
    with_it, without = [analyse(load("deepseek_v3"), {"mtp": mtp}, bits="bf16").totals for mtp in (1, 0)]
    assert with_it.params - without.params == 684_489_830_400 - 671_026_404_352
    for name in ("macs", "active_params", "kv_bytes", "kv_bytes_per_token", "bytes_moved"):
        assert getattr(with_it, name) == getattr(without, name)


def test_networks_that_read_no_tokens_have_none() -> None:
    subject = whole(analyse(load("vit_b_32")))
    assert rotary_buffers(subject) == router_biases(subject) == row_scales(subject) == tile_scales(subject) == []


@pytest.mark.parametrize(
    "spec, number, said",
    [
        ("llama2_7b", "6,738,417,664", ("frequencies of rotary positions too",)),
        ("llama3_1b", "1,498,482,688", ("a head of its own, not tied to the table",)),  # keras-hub
        ("gpt2", "163,037,184", ("a head of its own, not tied to the table",)),  # the Hub
    ],
)
def test_a_published_number_is_explained(spec: str, number: str, said: tuple[str, ...]) -> None:
    model = load(spec)
    assert explain(read_printed(number), Tried(model, Given({}), analyse(model))).matches[0].reading.assumptions == said


@pytest.mark.zoo
@pytest.mark.parametrize(
    "number, said",
    [
        ("671,026,419,200", ("biases that choose experts too",)),
        ("684,489,845,504", ("mtp 1", "biases that choose experts too")),
        ("684,531,386,000", ("mtp 1", "fp8, a scale for each 128 × 128 of matrices in layers that repeat")),
    ],
)
def test_a_published_number_of_deepseek_is_explained(number: str, said: tuple[str, ...]) -> None:
    model = load("deepseek_v3")
    assert explain(read_printed(number), Tried(model, Given({}), analyse(model))).matches[0].reading.assumptions == said


@pytest.mark.zoo
@pytest.mark.parametrize(
    "spec, number, how",
    [
        ("mixtral_8x7b", "12,879,925,248", "exact"),
        ("mixtral_8x7b", "12.9B", "rounded"),
        ("gpt_oss_120b", "5.13B", "rounded"),
        ("deepseek_v3", "37B", "cut off"),  # 37,552,282,624
    ],
)
def test_active_parameters_are_told(spec: str, number: str, how: str) -> None:
    model = load(spec)
    match = explain(read_printed(number), Tried(model, Given({}), analyse(model))).matches[0]
    assert (match.how, match.reading.formula) == (how, "active parameters")
