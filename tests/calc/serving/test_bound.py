"""The least time of a call: bytes over bandwidth, MACs over rates, the larger."""

from fractions import Fraction
from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.report import render
from calc.report.rows import View
from calc.report.units import seconds
from calc.spec import load, loads

NET = """
name: net
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}
  act: relu
  head: {conv2d: {out_channels: 2, kernel_size: 1, bias: false}}
"""
DEVICE = "name: board\nmemory_bytes: MEMORY\nbytes_per_second: 1000\noperations_per_second: {int8: RATE}\n"
WEIGHTS = 4 * 3 * 9 + 2 * 4
MOVED = (4 * 3 * 9 + 3 * 64 + 4 * 64, 2 * 4 + 4 * 64 + 2 * 64)
MACS = (4 * 3 * (3 * 8 - 2) ** 2, 2 * 4 * 64)  # of the 3 rows of taps at 8 places, 2 lie outside


def at(tmp_path: Path, rate: int = 1_000_000, memory: int = 10_000, **options: object) -> Analysis:
    path = tmp_path / "board.yaml"
    path.write_text(DEVICE.replace("RATE", str(rate)).replace("MEMORY", str(memory)))
    return analyse(loads(NET), **{"bits": "8", "device": str(path), **options})  # type: ignore[arg-type]  # drawn by name


def test_times_are_exact_and_the_larger_binds(tmp_path: Path) -> None:
    found = at(tmp_path).bound
    assert found is not None
    assert found.whole == (Fraction(WEIGHTS, 1000), Fraction(2 * sum(MACS), 1_000_000))
    assert found.whole.binds == "memory"
    assert found.layers[1:] == (
        (Fraction(MOVED[0], 1000), Fraction(2 * MACS[0], 1_000_000)),
        (0, 0),
        (Fraction(MOVED[1], 1000), Fraction(2 * MACS[1], 1_000_000)),
    )
    assert found.in_turn == Fraction(sum(MOVED), 1000)
    slow = at(tmp_path, rate=100).bound
    assert slow is not None
    assert slow.whole.binds == "compute"
    assert slow.in_turn == slow.whole.most == Fraction(2 * sum(MACS), 100)


def test_what_is_needed_fits_or_not(tmp_path: Path) -> None:
    peak = 3 * 64 + 4 * 64 + 4 * 64 - 3 * 64  # what the convolution and the activation put out
    for memory, fits in ((WEIGHTS + peak, True), (WEIGHTS + peak - 1, False)):
        found = at(tmp_path, memory=memory)
        assert found.bound is not None
        assert (found.bound.needed_bytes, found.bound.fits) == (WEIGHTS + peak, fits)
        assert ("DOES NOT FIT" in render(found, "table", View())) == (not fits)
        assert found.to_json_dict()["device"]["fits"] == fits


def test_every_format_has_it(tmp_path: Path) -> None:
    found = at(tmp_path)
    for name in ("table", "markdown", "latex"):
        text = render(found, name, View())
        assert "time bound" in text
        assert "116 ms" in text
    rows = render(found, "csv", View()).splitlines()
    assert rows[0].endswith("bound_seconds,binds")
    assert rows[1].endswith(f"{MOVED[0] / 1000},memory")
    data = found.to_json_dict()
    assert data["device"]["bound_seconds"] == WEIGHTS / 1000
    assert data["layers"][0]["bound_seconds"] == MOVED[0] / 1000
    assert "time bound" in found._repr_html_()
    assert "device" not in analyse(loads(NET)).to_json_dict()


def test_bits_without_a_rate_name_the_layer(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"conv \(conv2d\): board has no rate for floats of 32 bits; it has int8"):
        _ = at(tmp_path, bits="fp32").bound


def test_a_token_of_llama_is_bound_by_its_weights_and_cache() -> None:
    step = analyse(load("llama3_8b"), {"tokens": 1, "past": 8191}, bits="bf16", device="h100_sxm")
    assert step.bound is not None
    read = 2 * (8_030_261_248 - 128_256 * 4096 + 4096) + 8192 * 131_072
    assert step.bound.whole.memory == Fraction(read, 3_350_000_000_000)
    assert step.bound.whole.binds == "memory"
    prompt = analyse(load("llama3_8b"), {"tokens": 2048}, bits="bf16", device="h100_sxm")
    assert prompt.bound is not None
    # of the other tokens the last layer makes keys and values, and nothing else is made for the last token alone
    pairs, dim, wide, hidden, kept = 2048 * 2049 // 2, 4096, 4096, 14336, 1024
    ends = 2048 * (2 * dim * wide + 3 * dim * hidden + 128_256 * dim) + 2 * pairs * wide
    macs = prompt.totals.causal_macs - ends + Fraction(ends, 2048)
    assert prompt.bound.whole.compute == 2 * macs * 10 / Fraction(9894 * 10**12)
    assert prompt.bound.whole.binds == "compute"
    assert prompt.totals.causal_macs == 32 * (ends + 2048 * 2 * dim * kept) - 31 * 2048 * 128_256 * dim
    assert "layers that only make the output run for the last token" in render(prompt, "table", View())
    assert "last token" not in render(step, "table", View())


def test_every_output_of_a_network_that_keeps_nothing_is_needed() -> None:
    found = analyse(load("bert_base"), {"tokens": 100}, bits="bf16", device="h100_sxm")
    assert found.bound is not None
    assert found.bound.whole.compute == Fraction(2 * found.totals.macs * 10, 9894 * 10**12)
    assert not found.bound.ends_in_one


def test_an_encoder_runs_for_all_of_its_tokens() -> None:
    found = analyse(load("t5_base"), {"tokens": 1}, bits="bf16", device="h100_sxm")
    more = analyse(load("t5_base"), {"tokens": 9}, bits="bf16", device="h100_sxm")
    assert found.bound is not None
    assert more.bound is not None
    assert found.bound.whole.compute == Fraction(2 * found.totals.causal_macs * 10, 9894 * 10**12)
    assert (
        found.bound.whole.compute < more.bound.whole.compute < Fraction(2 * more.totals.causal_macs * 10, 9894 * 10**12)
    )


def test_latents_of_past_tokens_need_not_be_expanded() -> None:
    step = analyse(load("deepseek_v2_lite"), {"tokens": 1, "past": 1023}, bits="bf16", device="h100_sxm")
    assert step.bound is not None
    expanded = 27 * 1023 * 512 * 16 * (128 + 128)  # layers, past tokens, latent, heads, key and value
    assert step.bound.whole.compute == Fraction(2 * (step.totals.causal_macs - expanded) * 10, 9894 * 10**12)
    assert "latents of past tokens not expanded" in render(step, "table", View())
    assert sum(times.compute for times in step.bound.layers) > step.bound.whole.compute
    each_head = {"tokens": 1, "past": 1023, "latent": False}  # keys and values are kept: nothing is expanded again
    kept = analyse(load("deepseek_v2_lite"), each_head, bits="bf16", device="h100_sxm").bound
    assert kept is not None
    assert (kept.absorbs, kept.whole.compute) == (False, step.bound.whole.compute)


def test_if_all_tokens_choose_the_same_experts_no_others_are_read() -> None:
    found = analyse(load("mixtral_8x7b"), {"tokens": 64}, bits="bf16", device="h100_sxm")
    assert found.bound is not None
    active = 2 * (12_879_925_248 - 32_000 * 4096 + 64 * 4096)
    assert found.bound.whole.memory == Fraction(active + 64 * 131_072, 3_350_000_000_000)


@pytest.mark.parametrize(
    "value, text",
    [(Fraction(3, 2), "1.5 s"), (Fraction(1, 3), "333 ms"), (Fraction(1, 10**5), "10 µs"), (Fraction(5, 10**9), "5 ns"),
     (Fraction(1, 10**11), "10 ps"), (Fraction(0), "0 s"), (Fraction(12345), "12,345 s")],
)  # fmt: skip
def test_seconds_for_people(value: Fraction, text: str) -> None:
    assert seconds(value).replace(".00", "").replace("1.50", "1.5").replace("10.0", "10") == text
