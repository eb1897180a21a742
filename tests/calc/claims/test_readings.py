"""Each reading has a number that was published, or that is worked out here; what is a little off finds nothing."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.claims import Asked, Given, Known, Tried, explain, read_printed
from calc.precision import resolve
from calc.spec import load
from tests.calc.claims.tries import tried

QONNX = """name: CNV
input: [3, 32, 32]
blocks:
  C: {params: {out: }, layers: [{conv2d: {out_channels: out, kernel_size: 3, bias: false}}, batch_norm, relu]}
  L: {params: {out: }, layers: [{linear: {out_features: out, bias: false}}, batch_norm, relu]}
layers: [C: 64, C: 64, max_pool2d: 2, C: 128, C: 128, max_pool2d: 2, C: 256, C: 256, flatten, L: 512, L: 512,
         {linear: {out_features: 10, bias: false}}]
"""
MACS, ENDS = 300_774_272, 3 * 32 * 9 * 112 * 112 + 1280 * 1000
FVCORE = 314_193_216
STRIDED = ((3 * 32, 112), (96, 56), (144, 28), (192, 14), (576, 7))  # weights per tap and side, of stride 2
UNFLOORED = MACS + sum(round(9 * weights * (side + 0.5) ** 2) - 9 * weights * side**2 for weights, side in STRIDED)
MATRICES = 3_469_760 - 1280 * 1000
LLM = "what no layer multiplies, and the head, in bf16"
DEPLOYED = "deployed, its norms folded and its activations fused"
IN_PLACE = "layers write in place"
WHOLE = "the whole network in one format"
# spec, bits, number, what it takes for granted
FOUND = [
    ("mobilenetv2", "", "300,774,272", ()),
    ("mobilenetv2", "", f"{2 * MACS}", ("counted as twice the multiply–accumulates or PyTorch's FlopCounterMode",)),
    ("mobilenetv2", "", f"{FVCORE}", ("counted as fvcore, FlopCountAnalysis",)),
    ("mobilenetv2", "", f"{2 * FVCORE}", ("counted as fvcore, FlopCountAnalysis", "twice as much")),
    ("mobilenetv2", "", f"{FVCORE // 2}", ("counted as fvcore, FlopCountAnalysis", "half as much")),
    ("mobilenetv2", "", f"{MACS - 1280 * 1000}", ("without the classifier",)),
    ("mobilenetv2", "", f"{MACS - 3 * 32 * 9 * 112 * 112}", ("without the first convolution",)),
    ("resnet18", "", f"{1_814_073_344 - 3 * 64 * 128 * 28**2}", ("without the convolutions of shortcuts",)),
    ("mobilenetv2", "", "3,469,760", ("no norms and no biases",)),
    ("mobilenetv2", "", f"{3_504_872 + 34_112 // 2}", ("three numbers a norm channel, not two",)),
    # a running mean, a running variance and a number of batches for each of 52 norms
    ("mobilenetv2", "", f"{3_504_872 + 34_112 + 52}", ("buffers too",)),
    # Ultralytics prints it after fuse()
    ("yolov8n", "", "3,151,904", (DEPLOYED,)),
    ("mobilenetv2", "", "299,676,304", ("no products with padding",)),  # as calc run has them
    # the first document that this project started from, and the second with its own bits
    ("mobilenetv2", "", "884,947,840", ("without the classifier", "a 1×1 counted beside each depthwise")),
    ("seed_notebook", "spec", "83,763,200", ("without the classifier", "groups ignored")),
    ("mobilenetv2", "", f"{UNFLOORED}", ("output sizes not rounded down, layer by layer",)),
    ("mobilenetv2", "4", f"{4 * MACS}", ()),
    ("mobilenetv2", "4", f"{16 * MACS}", ("BitOps being MACs × weight bits × activation bits",)),
    ("mobilenetv2", "4", f"{4 * (MACS - ENDS)}", ("first and last layer left out",)),
    ("mobilenetv2", "4", f"{4 * (MACS - ENDS) + 8 * ENDS}", ("first and last layer at 8 bits",)),
    ("mobilenetv2", "4", f"{4 * (MACS - ENDS) + 32 * ENDS}", ("first and last layer at 32 bits",)),
    ("mobilenetv2", "4", f"{3_469_760 // 2 + 4 * (34_112 + 1000)}bytes", ()),
    ("mobilenetv2", "4", f"{3_469_760 // 2}bytes", ("weights alone",)),
    ("mobilenetv2", "4", f"{(3_469_760 + 1000) // 2}bytes", ("norms left out",)),
    ("mobilenetv2", "8", "3,504,872bytes", (WHOLE,)),
    ("resnet50", "", "51,114,064bytes", ("fp16",)),
    ("resnet50", "fp16", "51,222,304bytes", ("the rest at 32 bits",)),
    ("mobilenetv2", "8", f"{MATRICES + 2 * (1280 * 1000 + 34_112 + 1000)}bytes", (LLM,)),
    # 4-bit codes of rows of 768 and 3072 in groups of 128, and what is left in bf16
    ("vit_b_16", "int4g128", "4.125", ("without the classifier", "weights alone")),
    # the weights of MLPerf Tiny's keyword spotting, and 588 biases of 32 bits
    ("ds_cnn", "8", f"{22_016 + 588 * 4}bytes", (DEPLOYED,)),
    # arXiv:2007.10319 and its repository
    ("mobilenetv2", "8", "1372KiB", (IN_PLACE,)),
    ("mobilenetv2", "", "1,404,928bytes", (IN_PLACE, "8 bits")),
    ("mobilenetv2", "8", "2,408,448bytes", ()),
    ("mobilenetv2", "8", "1,505,280bytes", (DEPLOYED,)),
    # published as 7.2 MB, of which two digits chance meets as well
    ("resnet50", "fp32", "7.225MB", (IN_PLACE,)),
    ("resnet18", "fp32", "46.76MB", ()),
    ("resnet18", "fp32", "44.59MB", ("MB being 2^20 bytes",)),
    ("resnet18", "fp32", "46.76MiB", ("MiB being 10^6 bytes",)),
    ("resnet18", "fp32", "45662kB", ("KB being 2^10 bytes",)),
]


@pytest.mark.parametrize("spec, bits, number, assumptions", FOUND)
def test_a_published_number_is_found(spec: str, bits: str, number: str, assumptions: tuple[str, ...]) -> None:
    found = explain(read_printed(number), tried(spec, bits))
    assert found.matches[0].reading.assumptions == assumptions


WHOLE_NUMBERS = [row[:3] for row in FOUND if row[2].removesuffix("bytes").isdigit()]


@pytest.mark.parametrize(
    "spec, bits, number",
    [pytest.param(*row, marks=pytest.mark.zoo if index % 3 else ()) for index, row in enumerate(WHOLE_NUMBERS)],
)
def test_one_more_finds_nothing(spec: str, bits: str, number: str) -> None:
    digits = number.removesuffix("bytes")
    wrong = f"{int(digits) + 1}{number.removeprefix(digits)}"
    assert explain(read_printed(wrong), tried(spec, bits)).matches == ()


def test_layers_that_read_at_the_width_that_wrote(tmp_path: Path) -> None:
    # QONNX, tests/analysis/test_inference_cost.py: total_bops of CNV_2W2A
    (tmp_path / "cnv.yaml").write_text(QONNX)
    model = load(str(tmp_path / "cnv.yaml"))
    at_2 = Tried(model, Given({}), analyse(model), known=Known((resolve("2"),)))
    best = explain(read_printed("256,507,904"), at_2).matches[0]
    assert (best.cost, best.reading.assumptions[-1][:46]) == (2, "each layer reading what was written at its wid")
    stated = Known((resolve("2"),), activations="producer")
    best = explain(
        read_printed("256,507,904"), Tried(model, Given({}), analyse(model, bitops="product"), known=stated)
    ).matches[0]
    assert (best.cost, best.reading.assumptions) == (0, ())


def test_a_part_is_of_the_layers_that_are_asked_for() -> None:
    model = load("mobilenetv2")
    of_convolutions = Tried(model, Given(dict.fromkeys(model.parameters)), analyse(model), Asked(part="convolutions"))
    best = explain(read_printed("299,494,272"), of_convolutions).matches[0]
    assert (best.cost, best.reading.assumptions) == (0, ())
