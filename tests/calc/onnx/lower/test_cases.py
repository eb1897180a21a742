"""Every op of ONNX that is read: the layers that it becomes, and their MACs as arithmetic."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

from calc.model.graph import buffers, parameters
from calc.onnx.lower import FAMILY_OF
from tests.calc.onnx.lower.cases import CASES
from tests.calc.onnx.models import imported, layers, macs


@pytest.mark.parametrize("name", CASES)
def test_it_becomes_these_layers(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found = imported(case.model, tmp_path, case.sizes)
    assert (layers(found), macs(found)) == (list(case.words), case.macs)
    held = parameters(found.graph) | buffers(found.graph)
    counted = {key: sizes for key, sizes in held.items() if not key.endswith("num_batches_tracked")}
    assert {key: thing.sizes for key, thing in found.weights.items()} == counted


def test_every_op_that_is_read_has_a_case() -> None:
    tried = {node[0] for case in CASES.values() for node in case.model.nodes}
    rounding = {op for op, family in FAMILY_OF.items() if family == "quantised"}  # which tests of their own have
    assert set(FAMILY_OF) - tried == rounding
