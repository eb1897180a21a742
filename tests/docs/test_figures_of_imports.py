"""Figures in the prose of the pages about imports, conventions and the interactive page are those of the code."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from calc.onnx.read import OLDEST_OPSET
from calc.page.document import _MODULES, _STATIC
from calc.page.offered import _BATCHES, MOST_POINTS
from calc.page.programs import NARROWEST, WIDEST
from tests.calc.cli.conftest import Ran, calc
from tests.docs.pages import ROOT
from tests.docs.test_figures import said
from tests.zoo.networks import DETECTORS, REFERENCES
from verify.peers.known import DIFFERENCES, TOLERANCE

__all__ = ["calc"]

WORDS = {
    2: "twice", 3: "three", 6: "six", 9: "nine", 40: "Forty", 1e-9: "a billionth", 1e-6: "a millionth",
    1e-4: "a ten-thousandth", 5e-3: "five thousandths",
}  # fmt: skip
RAFTS = 2
"""Networks that take two images, which the list of references leaves out as it does the detectors."""
COUNTERS = {
    "fvcore": "fvcore",
    "calflops-flops": "calflops",
    "deepspeed-flops": "DeepSpeed",
    "torchprofile": "torchprofile",
}
NETWORKS = {
    "maxvit_t": "MaxViT", "mvit_v2_*": "MViT v2", "swin_v2_*": "Swin V2", "swin3d_*": "video transformers",
    "mvit_*": "video transformers",
}  # fmt: skip


def page_sentences() -> list[str]:
    return [
        f"offers batches from {min(_BATCHES)} to {max(_BATCHES)} ",
        f"A page has at most {MOST_POINTS:,} combinations.",
        f"any other width from {NARROWEST} to {WIDEST} can be typed",
    ]


@pytest.mark.parametrize("sentence", page_sentences())
def test_the_page_of_the_page_says_what_it_offers(sentence: str) -> None:
    assert sentence in said("page")


def test_the_page_of_mobilenetv2_is_as_small_as_is_told(
    calc: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = "page mobilenetv2 --vary width=0.35,0.5,0.75,1.0,1.4 -o mobilenetv2.html"
    assert f"$ calc {words}" in said("page")
    assert calc(*words.split()).code == 0
    assert (tmp_path / "mobilenetv2.html").stat().st_size < 250_000
    assert "For MobileNetV2 it has less than 250 KB," in said("page")


def test_the_script_that_counts_has_a_few_hundred_lines() -> None:
    counts = [(_STATIC / name).read_text(encoding="utf-8").count("\n") for name in _MODULES[:2]]
    assert 200 < sum(counts) < 1000
    assert "a script of a few hundred lines runs it" in said("page")


def test_the_page_of_conventions_lists_every_known_difference() -> None:
    after = said("conventions").partition("A total that differs in one digit is a failure.")[2]
    found = after.partition("Two counters do not run")[0]
    assert f"may differ by {100 * TOLERANCE:g} %:" in found
    told = [item for item in found.split(" - ") if " on " in item]
    for convention, glob in DIFFERENCES:
        assert any(COUNTERS[convention] in item and NETWORKS[glob] in item for item in told), (convention, glob)


def test_the_page_of_imports_counts_the_networks_of_torchvision() -> None:
    networks = len(REFERENCES) + len(DETECTORS) + RAFTS
    assert f"specs of {networks} networks of torchvision" in said("import")
    assert f"among them {networks} of torchvision" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"opset {OLDEST_OPSET} and later" in said("import")


@pytest.mark.torch
def test_all_networks_of_torchvision_have_specs_but_the_quantised_copies() -> None:
    models = pytest.importorskip("torchvision").models
    ours = {*DETECTORS, "raft_small", "raft_large", *[name.partition("/")[2] for name in REFERENCES.values()]}
    assert {name for name in models.list_models() if not name.startswith("quantized_")} == ours


def import_sentences() -> list[str]:
    """Needs torch, which the importers are written with."""
    from tests.verify.importers import test_onnx_real_files as files
    from tests.verify.importers import test_timm as timm
    from verify.importers import alike, onnx_file, outputs, trace

    tolerances: Any = list(outputs.TOLERANCE.values())
    lines = int(median(timm.NETWORKS.values()))
    return [
        f"traces it again, up to {WORDS[alike._AGAIN_BY_CHANCE]} times",
        f"it is tried with {trace.BATCH} samples of x=3x8x8, and with {trace.OTHER_BATCH}",
        f"must be equal within {WORDS[tolerances[0]]} of the largest value",
        f"the tolerance is {WORDS[tolerances[1]]}, and the printed line says so; if it makes tables in float32, it is "
        f"{WORDS[outputs.TABLE_TOLERANCE]}.",
        f"float32 within {WORDS[onnx_file.TOLERATED['float32'][0]]} of the largest value "
        f"({WORDS[onnx_file.TOLERATED['float16'][0]]} if the file contains float16)",
        f"The {WORDS[len(files.LIGHT)]} light networks in the package onnx, {WORDS[len(files.RAPIDOCR)]} of rapidocr, "
        f"{WORDS[len(files.SILERO)]} of silero-vad and that of magika are exact too.",
        f"{WORDS[len(timm.NETWORKS)]} networks of timm, one of each family, are proved",
        f"half of them have {lines} or fewer",
        f"has {len(timm.PUBLISHED)} such rows",
        f"{sum(not row.why for row in timm.PUBLISHED.values())} are as published, and `csatv2_21m` is refused",
        f"compares {len(timm.SOME)} of them, and with `TIMM=all` all",
    ]


@pytest.mark.torch
def test_the_page_of_imports_says_what_the_code_and_its_tests_do() -> None:
    pytest.importorskip("torch")
    text = said("import")
    assert [sentence for sentence in import_sentences() if sentence not in text] == []
