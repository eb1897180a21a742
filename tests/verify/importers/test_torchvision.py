"""torchvision's networks by import, and our specs of them: the same tensors, and the same MACs in every module.

One or two of every family; with TORCHVISION=all every network of which we have a spec, which takes ten minutes.
"""

import os
from collections import Counter
from collections.abc import Collection

import pytest
import torch

from calc.counts import count
from calc.errors import SpecError
from calc.model.graph import Graph, buffers, parameters
from calc.sources.written import imported_text
from calc.spec import expand, load
from tests.zoo.networks import DETECTORS, FAST, REFERENCES
from verify.errors import VerifyError
from verify.importers import Lowered, load_source, lowered, traced

pytestmark = pytest.mark.oracles("torchvision")

OTHERS = ("raft_small", "raft_large", *DETECTORS)
NETWORKS = {**REFERENCES, **{name: f"torchvision/{name}" for name in OTHERS}}
"""torchvision/NAME by spec: those that calc verify compares by themselves, networks of two images, detectors."""

SOME = (*FAST, "raft_small", "fasterrcnn_mobilenet_v3_large_320_fpn", "retinanet_resnet50_fpn_v2", "ssd300_vgg16")
SPECS = tuple(NETWORKS) if os.environ.get("TORCHVISION") == "all" else SOME


@pytest.mark.parametrize("spec", SPECS)
def test_an_import_is_the_spec(spec: str) -> None:
    ours = expand(load(spec))
    found = imported(spec, dict(ours.input_sizes))
    theirs = found.imported.graph
    assert parameters(theirs) == parameters(ours)
    saved = {key: sizes for key, sizes in buffers(theirs).items() if key not in found.made}
    assert saved == buffers(ours)
    network = found.traced.loaded.module
    assert isinstance(network, torch.nn.Module)
    modules = [path for path, _ in network.named_modules()]
    if spec.startswith("raft"):  # its updates are one block, 1,760 lines when each had its own
        assert len(imported_text(found.imported).splitlines()) < 300
    assert macs_by_module(theirs, modules, ours) == macs_by_module(ours, modules, ours)


def imported(spec: str, sizes: dict[str, tuple[int, ...]]) -> Lowered:
    """The network on meta, or on the CPU where it reads numbers, as RegNet does while it is made."""
    try:
        with torch.device("meta"):
            network = load_source(NETWORKS[spec], sizes)
        return lowered(traced(network))
    except (VerifyError, SpecError):
        return lowered(traced(load_source(NETWORKS[spec], sizes)))


def macs_by_module(graph: Graph, modules: Collection[str], coarse: Graph) -> dict[str, int]:
    """MACs of all layers in each module, each time that it runs, but for modules inside one layer of ``coarse``."""
    layers = {node.name for node in coarse.layers}
    wanted = {path for path in modules if not any(path.startswith(f"{name}.") for name in layers & _above(path))}
    found: Counter[str] = Counter()
    for node, counts in zip(graph.nodes, count(graph), strict=True):
        name = graph.nodes[node.shares].name if node.again and node.shares is not None else node.name
        for path in {name, "", *_above(name)} & wanted:
            found[path] += counts.macs
    return +found


def _above(path: str) -> set[str]:
    parts = path.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}


def test_a_layer_in_another_module_is_seen() -> None:
    ours = expand(load("resnet18"))
    modules = ["", "layer1", "layer1.0", "layer1.0.conv1", "conv1"]
    right = macs_by_module(ours, modules, ours)
    assert set(right) == set(modules)
    assert right[""] == sum(counts.macs for counts in count(ours))
    assert right["layer1"] > right["layer1.0"] > right["layer1.0.conv1"] == 64 * 64 * 9 * 56 * 56
