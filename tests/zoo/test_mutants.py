"""One word changed in any family is caught, by the check that it should be caught by: see tests/zoo/mutants.py."""

import re
import shutil
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import nn

from calc.counts import count
from calc.errors import SpecError
from calc.model.graph import Graph
from calc.spec import load
from calc.spec.expand import expand
from calc.spec.shelf import packaged_specs
from tests.zoo.mutants import MUTANTS, Mutant
from tests.zoo.networks import REFERENCES, sizes_of
from tests.zoo.test_identity import dispatched
from verify.build import Inputs, Network, build
from verify.lively import lively
from verify.reference import TOLERANCES, build_reference, in_float64, key_differences
from verify.verification import one_thread

VISIBLE = 1e-9
"""Relative difference of outputs in float64: true networks stay below 6e-14, the least of these mutants is 9e-8."""

CHECKS = ("keys", "counts", "outputs")

KINDS = ("activation", "eps", "stride", "ceil_mode", "groups")
"""What is changed in every family that has it; other changes are its own."""

_NO_POOL = "no window slides but a convolution's"
_NO_GROUPS = "every convolution is whole"
WITHOUT = {
    "alexnet.yaml": {"eps": "no norm", "groups": "on one GPU: the two halves are one"},
    "families/convnext.yaml": {"ceil_mode": _NO_POOL},
    "families/densenet.yaml": {"groups": _NO_GROUPS},
    "families/efficientnet.yaml": {"ceil_mode": _NO_POOL},
    "googlenet.yaml": {"groups": _NO_GROUPS},
    "inception_v3.yaml": {"groups": _NO_GROUPS},
    "lraspp_mobilenet_v3_large.yaml": {"ceil_mode": "its pool is global", "groups": "the backbone's alone"},
    "families/mnasnet.yaml": {"ceil_mode": _NO_POOL},
    "families/mobilenetv3.yaml": {"ceil_mode": _NO_POOL},
    "mobilenetv2.yaml": {"ceil_mode": _NO_POOL},
    "families/mvit.yaml": {"groups": "depthwise inside the op, where no spec can say otherwise"},
    "families/regnet.yaml": {"ceil_mode": _NO_POOL},
    "families/resnet3d.yaml": {"ceil_mode": _NO_POOL, "groups": _NO_GROUPS},
    "families/segmentation.yaml": {"ceil_mode": "its pool is global", "groups": "the backbone's alone"},
    "s3d.yaml": {"groups": _NO_GROUPS},
    "families/squeezenet.yaml": {"eps": "no norm", "groups": _NO_GROUPS},
    "families/swin.yaml": {"ceil_mode": _NO_POOL, "groups": _NO_GROUPS},
    "families/swin3d.yaml": {"ceil_mode": _NO_POOL, "groups": _NO_GROUPS},
    "families/vgg.yaml": {"groups": _NO_GROUPS},
    "families/vit.yaml": {"ceil_mode": _NO_POOL, "groups": _NO_GROUPS},
}
"""The kinds that a file has not, and why."""
SIGNS = {"eps": "norm", "ceil_mode": "(?<!adaptive_)(max|avg)_pool", "groups": "groups:"}
"""What a file that has none of a kind cannot hold."""


QUICK = ("mobilenetv2", "regnet_y_400mf", "resnet18", "squeezenet1_1")
"""The networks of which the default run tries a mutant."""


def _parameters() -> list[object]:
    """The first mutant of every quick network in the default run, all others under the marker zoo."""
    seen, found = set(), []
    for mutant in MUTANTS:
        quick = mutant.spec in QUICK and mutant.spec not in seen
        seen.add(mutant.spec)
        name = f"{mutant.spec}: {mutant.word.strip()} → {mutant.other.strip()}".replace("\n", " ")
        # in one process, which makes the published network once
        together = pytest.mark.xdist_group(mutant.spec)
        found.append(pytest.param(mutant, marks=(together,) if quick else (together, pytest.mark.zoo), id=name))
    return found


@pytest.mark.parametrize("mutant", _parameters())
def test_a_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    model = load(written(mutant, tmp_path))
    sizes = sizes_of(mutant.spec).small
    if mutant.caught not in CHECKS:
        with pytest.raises(SpecError) as refused:
            expand(model, input=sizes)
        assert mutant.caught in str(refused.value)
        return
    found = caught_by(expand(model, input=sizes), as_published(mutant.spec))
    assert found == mutant.caught


@pytest.mark.parametrize("spec", ["resnet18", pytest.param("vit_b_32", marks=pytest.mark.zoo)])
def test_what_is_no_mutant_is_not_caught(spec: str) -> None:
    published = as_published(spec)
    graph = expand(load(spec), input=sizes_of(spec).small)
    assert caught_by(graph, published) is None
    network = build(graph, initialise=False)
    network.load_state_dict(published.network.state_dict(), assign=True)
    assert furthest(outputs(network, published), published.outputs) < TOLERANCES[torch.float64] < VISIBLE / 100


def own_files() -> set[str]:
    """Every family, and every spec that stands for itself."""
    own = {Path(load(spec).lineage[-1].file) for spec in REFERENCES}
    return {path.resolve().relative_to(packaged_specs().resolve()).as_posix() for path in own}


def test_every_file_has_mutants_of_every_kind() -> None:
    for file in sorted(own_files()):
        changed = {mutant.kind for mutant in MUTANTS if mutant.file == file}
        without = WITHOUT.get(file, {})
        assert (file, [kind for kind in KINDS if (kind in changed) == (kind in without)]) == (file, [])
        text = (packaged_specs() / file).read_text(encoding="utf-8")
        assert (file, [kind for kind in without if re.search(SIGNS[kind], text)]) == (file, [])


class Published(NamedTuple):
    """torchvision's network with lively weights, its MACs, a seeded input, and its outputs for that in float64."""

    network: nn.Module
    macs: int
    inputs: Inputs
    outputs: dict[str, torch.Tensor]


def written(mutant: Mutant, folder: Path) -> Path:
    """The mutant's network, in a copy of all specs under ``folder``."""
    text = (packaged_specs() / mutant.file).read_text(encoding="utf-8")
    assert mutant.word in text
    specs = shutil.copytree(packaged_specs(), folder / "specs")
    (specs / mutant.file).write_text(text.replace(mutant.word, mutant.other, 1), encoding="utf-8")
    return specs / f"{mutant.spec}.yaml"


def caught_by(graph: Graph, published: Published) -> str | None:
    """The first of CHECKS that tells the network of ``graph`` from the published one."""
    network = build(graph, initialise=False)
    if key_differences(network.state_dict(), published.network.state_dict()):
        return "keys"
    if sum(row.macs for row in count(graph)) != published.macs:
        return "counts"
    network.load_state_dict(published.network.state_dict(), assign=True)
    return "outputs" if furthest(outputs(network, published), published.outputs) > VISIBLE else None


@lru_cache(maxsize=1)
def as_published(spec: str) -> Published:
    sizes = sizes_of(spec).small
    graph = expand(load(spec), input=sizes)
    macs = dispatched(build_reference(REFERENCES[spec], sizes=sizes).to("meta"), Network.sample(graph, 1, "meta"))
    reference = build_reference(REFERENCES[spec], sizes=sizes)
    reference.load_state_dict(lively(reference.state_dict()), assign=True)
    inputs = Network.sample(graph, 1)
    with torch.no_grad(), one_thread():
        expected = in_float64(reference, inputs)
    return Published(reference, macs, inputs, expected if isinstance(expected, dict) else {"": expected})


def outputs(network: Network, published: Published) -> dict[str, torch.Tensor]:
    """The network's output, or those of the layers that are the published one's, in float64."""
    seen: dict[str, torch.Tensor] = {}
    for name in published.outputs:
        layer: nn.Module = network.layers[name] if name else network
        layer.register_forward_hook(lambda _layer, _inputs, output, name=name: seen.update({name: output}))
    with torch.no_grad(), one_thread():
        in_float64(network, published.inputs)
    return seen


def furthest(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> float:
    """The largest difference of any output in parts of its scale."""
    return max(float((found[name] - theirs).abs().max() / theirs.abs().max()) for name, theirs in expected.items())
