"""The import of an ONNX file, as a PyTorch network with the weights of the file, gives the outputs of the file."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")
import numpy as np
import torch
from onnx.reference import ReferenceEvaluator

from calc.importing.value import BatchAxis
from calc.onnx.load import OnnxImported, import_onnx
from tests.calc.onnx.lower.cases import CASES, NOT_OF_THE_REFERENCE
from tests.calc.onnx.models import saved
from verify.build import build

pytestmark = pytest.mark.torch

SAMPLES = 2


def outputs_of(found: OnnxImported, xs: list[torch.Tensor]) -> list[np.ndarray]:
    """The outputs for ``xs``, samples first, in the layout of the file."""
    net = build(found.graph)
    state = {}
    for key, own in net.state_dict().items():
        given = own if key.endswith("num_batches_tracked") else torch.tensor(found.weights[key].array()).to(own.dtype)
        assert given.shape == own.shape, key
        state[key] = given
    net.load_state_dict(state)
    with torch.no_grad():
        made = net(*xs)
    made = made if isinstance(made, tuple) else (made,)
    return [placed(each, batch) for each, batch in zip(made, found.outputs.values(), strict=True)]


def placed(x: torch.Tensor, batch: BatchAxis | None) -> np.ndarray:
    """A tensor of samples in the layout of the file."""
    if batch is None:
        return x[0].numpy()
    if batch.folded == 1:
        return x.movedim(0, batch.axis).numpy()
    parts = x.unflatten(batch.axis + 1, (batch.outer, batch.inner)).movedim(0, batch.axis + 1)
    return parts.flatten(batch.axis, batch.axis + 2).numpy()


def inputs_of(found: OnnxImported, samples: int) -> tuple[list[torch.Tensor], dict[str, np.ndarray]]:
    """Random inputs for our network and for the file."""
    generator = torch.Generator().manual_seed(1)
    ours, theirs = [], {}
    for (name, batch), index in zip(found.inputs.items(), found.graph.inputs.values(), strict=True):
        node = found.graph.nodes[index]
        sizes = (samples, *node.shape.sizes)
        if node.output.dtype == "int64":
            x = torch.randint(0, 10, sizes, generator=generator)
        else:
            x = torch.rand(sizes, generator=generator) * 2 - 0.5
        ours.append(x)
        theirs[name] = placed(x, batch)
    return ours, theirs


def check(path: str, run: Any, sizes: Any = None, samples: int = SAMPLES) -> None:
    """Compare the outputs of the import of ``path`` with those of ``run`` for the same inputs."""
    found = import_onnx(path, sizes)
    ours, theirs = inputs_of(found, samples)
    for wanted, made in zip(run(theirs), outputs_of(found, ours), strict=True):
        assert made.shape == wanted.shape
        np.testing.assert_allclose(made, wanted, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_OF_THE_REFERENCE])
def test_outputs_are_those_of_the_file(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    model = case.model.proto()
    fixed = all(not isinstance(size, str) for sizes in case.model.inputs.values() for size in sizes)
    reference = ReferenceEvaluator(model)
    check(saved(model, tmp_path), lambda given: reference.run(None, given), case.sizes, 1 if fixed else SAMPLES)
