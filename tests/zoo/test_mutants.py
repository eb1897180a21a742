"""One word changed in any family is caught: by the state dict, or by outputs far beyond rounding."""

import shutil
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from calc.spec import load
from calc.spec.expand import expand
from calc.spec.load import packaged_specs
from tests.zoo.networks import FAST, REFERENCES, sizes_of
from verify.build import Network, build
from verify.lively import lively
from verify.reference import build_reference, key_differences
from verify.verification import one_thread

VISIBLE = 1e-3
"""Relative difference of outputs that no rounding reaches: the zoo's own stay below 4e-5."""


class Mutant(NamedTuple):
    """In ``file`` the first ``word`` becomes ``other``; ``spec`` is the network that it shows in."""

    spec: str
    file: str
    word: str
    other: str


def _of(spec: str, file: str, *changes: tuple[str, str]) -> list[Mutant]:
    return [Mutant(spec, file, word, other) for word, other in changes]


MUTANTS = [
    *_of(
        "alexnet",
        "alexnet.yaml",
        ("- relu\n", "- gelu\n"),
        ("kernel_size: 11, stride: 4", "kernel_size: 11, stride: 3"),
        ("{kernel_size: 3, stride: 2}", "{kernel_size: 3, stride: 2, ceil_mode: true}"),
        ("adaptive_avg_pool2d: 6", "adaptive_max_pool2d: 6"),
    ),
    *_of(
        "convnext_tiny",
        "families/convnext.yaml",
        ("- gelu", "- relu"),
        ("eps: 0.000001", "eps: 0.01"),
        ("groups: in", "groups: in // 2"),
        ("padding: 3", "padding: 3, padding_mode: reflect"),
    ),
    *_of(
        "densenet121",
        "families/densenet.yaml",
        ("relu1: relu", "relu1: gelu"),
        ("norm1: batch_norm", "norm1: {batch_norm: {eps: 0.01}}"),
        ("pool: {avg_pool2d: 2}", "pool: {max_pool2d: 2}"),
        ("stride: 2, padding: 1}", "stride: 2, padding: 1, ceil_mode: true}"),
        ('[[], {"denselayer{i + 1}": DenseLayer}]', '[{"denselayer{i + 1}": DenseLayer}, []]'),
    ),
    *_of(
        "efficientnet_b0",
        "families/efficientnet.yaml",
        ("activation: silu", "activation: relu"),
        ("- silu", "- hardswish"),
        ("scale_activation: sigmoid", "scale_activation: hardsigmoid"),
        ("eps: 0.00001", "eps: 0.001"),
        ("[MBConv, 6, 5, 1, 112, 3]", "[MBConv, 6, 5, 2, 112, 3]"),
        ("max(1, in // 4)", "max(1, out // 4)"),
    ),
    *_of("efficientnet_v2_s", "efficientnet_v2_s.yaml", ("eps: 0.001", "eps: 0.00001")),
    *_of(
        "googlenet",
        "googlenet.yaml",
        ("eps: 0.001", "eps: 0.00001"),
        ("0.225", "0.224"),
        ("stride: 2, ceil_mode: true}", "stride: 2}"),
    ),
    *_of(
        "inception_v3",
        "inception_v3.yaml",
        ("stride: 1, padding: 1}", "stride: 1, padding: 1, count_include_pad: false}"),
        ("eps: 0.001", "eps: 0.00001"),
        ("{max_pool2d: {kernel_size: 3, stride: 2}}", "{max_pool2d: {kernel_size: 3, stride: 2, ceil_mode: true}}"),
        ("branch7x7dbl_2: {Column: [c7, 7]}", "branch7x7dbl_2: {Row: [c7, 7]}"),
    ),
    *_of(
        "maxvit_t",
        "maxvit_t.yaml",
        ("grid_attention: {PartitionAttention: {grid: true}}", "grid_attention: {PartitionAttention: {grid: false}}"),
        ("- tanh", "- sigmoid"),
        ("{batch_norm: {eps: 0.001}}", "{batch_norm: {eps: 0.1}}"),
        ("activation: silu", "activation: relu"),
    ),
    *_of(
        "mnasnet0_5",
        "families/mnasnet.yaml",
        ("stride == 1 and in == out", "stride == 3"),
        ("- relu\n", "- relu6\n"),
        ("[3, 5, 40, 3, 2]", "[3, 5, 40, 3, 1]"),
        ("groups: in, bias", "groups: in // 2, bias"),
    ),
    *_of(
        "mobilenet_v3_small",
        "families/mobilenetv3.yaml",
        ("scale_activation: hardsigmoid", "scale_activation: sigmoid"),
        ("eps: 0.001", "eps: 0.00001"),
        ("    - hardswish\n", "    - silu\n"),
        ("make_divisible(in // 4)", "in // 4"),
        ("expand != in", "expand > 3 * in"),
    ),
    *_of("mobilenet_v3_small", "mobilenet_v3_small.yaml", ("true, hardswish", "true, relu")),
    *_of(
        "mobilenetv2",
        "mobilenetv2.yaml",
        ("- relu6", "- relu"),
        ("[6, 96, 3, 1]", "[6, 96, 3, 2]"),
        ("- batch_norm\n      - relu6", "- batch_norm: {eps: 0.001}\n      - relu6"),
        ("groups: hidden}", "groups: hidden // 2}"),
        ("stride == 1 and in == out", "stride == 1 and in == hidden"),
    ),
    *_of(
        "regnet_y_400mf",
        "families/regnet.yaml",
        ("scale_activation: sigmoid", "scale_activation: hardsigmoid"),
        ("round(in / 4)", "round(out / 4)"),
        ("min(group_width, out)", "min(2 * group_width, out)"),
        ("- splice: {activation: relu}", "- splice: {activation: relu6}"),
        ("- batch_norm\n      - relu", "- batch_norm: {eps: 0.001}\n      - relu"),
    ),
    *_of(
        "resnet18",
        "families/resnet.yaml",
        ("relu1: relu", "relu1: relu6"),
        ("bn1: batch_norm", "bn1: {batch_norm: {eps: 0.001}}"),
        ("- splice: {relu2: relu}", "- splice: {relu2: relu6}"),
        ("kernel_size: 3, stride: 2, padding: 1}", "kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}"),
        ("maxpool: {max_pool2d", "maxpool: {avg_pool2d"),
        ("4 < reaches", "8 < reaches"),
    ),
    *_of(
        "resnext50_32x4d",
        "families/resnet.yaml",
        ("dilation: dilation, groups: groups}}\n          bn2", "dilation: dilation, groups: 16}}\n          bn2"),
        ("relu2: relu\n          conv3", "relu2: relu6\n          conv3"),
        ("stride_in_1x1: false", "stride_in_1x1: true"),
    ),
    *_of(
        "deeplabv3_mobilenet_v3_large",
        "families/segmentation.yaml",
        ("rate: [12, 24, 36]", "rate: [12, 24, 24]"),
        ("upsample: {mode: bilinear}, from: [classifier", "upsample: {mode: nearest}, from: [classifier"),
        ("out: {upsample: {mode: bilinear}", "out: {upsample: {mode: bilinear, align_corners: true}"),
        ("aux: {upsample: {mode: bilinear}", "aux: {upsample: {mode: nearest}"),
        ("- relu\n      - dropout: 0.1", "- relu6\n      - dropout: 0.1"),
    ),
    *_of(
        "fcn_resnet50",
        "families/resnet.yaml",
        ("reaches // 2 if i == 0 else reaches", "reaches"),
    ),
    *_of(
        "lraspp_mobilenet_v3_large",
        "lraspp_mobilenet_v3_large.yaml",
        ("- sigmoid", "- hardsigmoid"),
        ("upsample: {mode: bilinear}, from: [multiply", "upsample: {mode: nearest}, from: [multiply"),
    ),
    *_of(
        "shufflenet_v2_x0_5",
        "families/shufflenetv2.yaml",
        ("channel_shuffle: 2", "channel_shuffle: 4"),
        ("end: half", "start: half"),
        ("groups: in, bias", "groups: in // 2, bias"),
        ("batch_norm\n      - relu\n      - Depthwise", "batch_norm\n      - relu6\n      - Depthwise"),
    ),
    *_of(
        "squeezenet1_1",
        "families/squeezenet.yaml",
        ("ceil_mode: true", "ceil_mode: false"),
        ("expand1x1_activation: relu", "expand1x1_activation: relu6"),
        ("- adaptive_avg_pool2d: 1", "- adaptive_max_pool2d: 1"),
    ),
    *_of(
        "swin_t",
        "families/swin.yaml",
        ("i % 2 == 1", "i % 2 == 0"),
        ("- gelu", "- relu"),
        ("norm1: layer_norm", "norm1: {layer_norm: {eps: 0.1}}"),
        ("window // 2 if shifted", "window // 3 if shifted"),
    ),
    *_of(
        "swin_v2_t",
        "families/swin.yaml",
        ("cosine: true", "cosine: false"),
        ("window // 2 if shifted else 0\n              cosine", "window // 4 if shifted else 0\n              cosine"),
    ),
    *_of(
        "vgg11_bn",
        "families/vgg.yaml",
        ("- max_pool2d: 2", "- avg_pool2d: 2"),
        ("{batch_norm: , when", "{batch_norm: {eps: 0.01}, when"),
        ("- relu\n          repeat", "- relu6\n          repeat"),
        ("adaptive_avg_pool2d: 7", "adaptive_max_pool2d: 7"),
    ),
    *_of(
        "vit_b_32",
        "families/vit.yaml",
        ("- gelu", "- relu"),
        ("ln_1: {layer_norm: {eps: 0.000001}}", "ln_1: {layer_norm: {eps: 0.1}}"),
        ("select: {dim: 1, index: 0}", "select: {dim: 1, index: 1}"),
        ("multihead_attention: heads", "multihead_attention: heads // 2"),
    ),
    *_of(
        "mc3_18",
        "families/resnet3d.yaml",
        ("relu: relu", "relu: relu6"),
        ("stride: [stride if temporal > 1 else 1, stride, stride]", "stride: [stride, stride, stride]"),
        ("adaptive_avg_pool3d: 1", "adaptive_max_pool3d: 1"),
    ),
    *_of(
        "r2plus1d_18",
        "families/resnet3d.yaml",
        ("stride: [stride, 1, 1]", "stride: [1, 1, 1]"),
        ("9 * in + 3 * out", "9 * in + 3 * in"),
    ),
    *_of(
        "s3d",
        "s3d.yaml",
        ("eps: 0.001", "eps: 0.00001"),
        ("- max_pool3d: 2", "- avg_pool3d: 2"),
        ("{kernel_size: 3, stride: 2, padding: 1}", "{kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}"),
    ),
    *_of(
        "swin3d_t",
        "families/swin3d.yaml",
        ("i % 2 == 1", "i % 2 == 0"),
        ("- gelu", "- relu"),
        ("norm1: layer_norm", "norm1: {layer_norm: {eps: 0.1}}"),
    ),
    *_of(
        "mvit_v1_b",
        "families/mvit.yaml",
        ("- gelu", "- relu"),
        ("max_pool3d", "avg_pool3d"),
        ("stride_kv: [1, stride_kv, stride_kv]", "stride_kv: [1, stride_kv, stride_q]"),
    ),
    *_of(
        "mvit_v2_s",
        "families/mvit.yaml",
        ("residual_pooling: v2", "residual_pooling: false"),
        ("eps: 0.000001\n", "eps: 0.1\n"),
    ),
]


def _parameters() -> list[object]:
    """The first mutant of every quick network in the default run, all others under the marker zoo."""
    seen, found = set(), []
    for mutant in MUTANTS:
        quick = mutant.spec in FAST and mutant.spec not in seen
        seen.add(mutant.spec)
        name = f"{mutant.spec}: {mutant.word.strip()} → {mutant.other.strip()}".replace("\n", " ")
        found.append(pytest.param(mutant, marks=() if quick else pytest.mark.zoo, id=name))
    return found


@pytest.mark.parametrize("mutant", _parameters())
def test_a_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    text = (packaged_specs() / mutant.file).read_text(encoding="utf-8")
    assert mutant.word in text
    specs = shutil.copytree(packaged_specs(), tmp_path / "specs")
    (specs / mutant.file).write_text(text.replace(mutant.word, mutant.other, 1), encoding="utf-8")
    model = load(specs / f"{mutant.spec}.yaml")
    try:
        graph = expand(model, input=sizes_of(mutant.spec).small)
    except SpecError:  # a spec in itself, whose shapes do not fit
        return
    network = build(graph, initialise=False)
    reference, inputs, expected = as_published(mutant.spec)
    if not key_differences(network.state_dict(), reference.state_dict()):
        network.load_state_dict(reference.state_dict(), assign=True)
        difference = furthest(outputs(network, inputs, expected), expected)
        assert difference > VISIBLE


def test_what_is_no_mutant_is_not_caught() -> None:
    reference, inputs, expected = as_published("resnet18")
    network = build(expand(load("resnet18"), input=sizes_of("resnet18").small), initialise=False)
    network.load_state_dict(reference.state_dict(), assign=True)
    assert furthest(outputs(network, inputs, expected), expected) == 0


def test_every_file_has_mutants() -> None:
    """Every family, and every spec that stands for itself."""
    own = {Path(load(spec).lineage[-1].file) for spec in REFERENCES}
    wanted = {path.resolve().relative_to(packaged_specs().resolve()).as_posix() for path in own}
    assert wanted <= {mutant.file for mutant in MUTANTS}


Outputs = dict[str, torch.Tensor]


@lru_cache(maxsize=1)
def as_published(spec: str) -> tuple[nn.Module, torch.Tensor, Outputs]:
    """torchvision's network with lively weights, a seeded input, and its outputs."""
    sizes = sizes_of(spec).small
    reference = build_reference(REFERENCES[spec], sizes=sizes)
    reference.load_state_dict(lively(reference.state_dict()), assign=True)
    inputs = Network.sample(expand(load(spec), input=sizes), 1)
    with torch.no_grad(), one_thread():
        expected = reference(inputs)
    return reference, inputs, expected if isinstance(expected, dict) else {"": expected}


def outputs(network: Network, inputs: torch.Tensor, like: Outputs) -> Outputs:
    """The network's output, or those of the layers that ``like`` names."""
    seen: Outputs = {}
    for name in like:
        layer: nn.Module = network.layers[name] if name else network
        layer.register_forward_hook(lambda _layer, _inputs, output, name=name: seen.update({name: output}))
    with torch.no_grad(), one_thread():
        network(inputs)
    return seen


def furthest(found: Outputs, expected: Outputs) -> float:
    """The largest difference of any output in parts of its scale."""
    return max(float((found[name] - theirs).abs().max() / theirs.abs().max()) for name, theirs in expected.items())
