"""The proof of an ONNX file: onnxruntime's outputs are those of the spec's network, and each planted fault is found."""

import re
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from calc.frozen import FrozenDict
from calc.importing import Proof
from calc.spec.write import spec_text
from tests.verify.importers.proving import said

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"

pytestmark = pytest.mark.oracles("onnx", "onnxruntime")


def small(folder: Path, *, batch: Any = "N", stride: int = 2, last: str = "Relu", eps: float = 1e-5) -> Any:
    """A convolution, a norm, a pool and a linear layer in a file, imported."""
    from calc.onnx.load import import_onnx
    from tests.calc.onnx.models import Small, saved

    nodes = [
        ("Conv", "x w b", "c", {"strides": [stride, stride], "pads": [1, 1, 1, 1]}),
        ("BatchNormalization", "c scale shift mean var", "n", {"epsilon": eps}),
        (last, "n", "r", {}),
        ("GlobalAveragePool", "r", "p", {}),
        ("Flatten", "p", "f", {}),
        ("Gemm", "f matrix added", "y", {"transB": 1}),
    ]
    import numpy as np

    tensors = {
        "w": (4, 3, 3, 3), "b": (4,), "scale": (4,), "shift": (4,), "mean": (4,), "var": np.full(4, 0.5, "float32"),
        "matrix": (5, 4), "added": (5,),
    }  # fmt: skip
    return import_onnx(saved(Small(nodes, {"x": (batch, 3, 8, 8)}, tensors).proto(), folder))


def proof_of_file(found: Any, text: str | None = None) -> Proof:
    from verify.importers.onnx_file import prove_file

    return prove_file(found, spec_text(found.graph) if text is None else text)


@pytest.mark.parametrize("batch", ["N", 1])
def test_a_file_is_proved(tmp_path: Path, batch: Any) -> None:
    proof = proof_of_file(small(tmp_path, batch=batch))
    params, macs = 4 * 3 * 9 + 4 + 2 * 4 + 5 * 4 + 5, 16 * 4 * 3 * 9 + 5 * 4
    assert said(proof) == []
    assert proof.summary.endswith(
        f" layers, {params} params, {macs:,} MACs: equal to the file; outputs at batch 2 equal in float32"
    )


@pytest.mark.parametrize("off, word", [(0, "equal in float16"), (0.1, "DIFFER")])
def test_a_file_in_half_precision_is_held_to_its_own_rounding(tmp_path: Path, off: float, word: str) -> None:
    import numpy as np

    from calc.onnx.load import import_onnx
    from tests.calc.onnx.models import Small, saved

    numbers = np.random.default_rng(0)
    tensors = {name: numbers.standard_normal(sizes).astype("float16") for name, sizes in (("w", (8, 5)), ("b", (5,)))}
    paths = [
        saved(
            Small(
                [("Gemm", "x w b", "g", {}), ("LeakyRelu", "g", "y", {"alpha": alpha})],
                {"x": ("N", 8)}, tensors, types={"x": 10, "y": 10},
            ),
            tmp_path, f"{alpha}.onnx",
        )
        for alpha in (0.1, 0.1 + off)
    ]  # fmt: skip
    proof = proof_of_file(replace(import_onnx(paths[1]), source=paths[0]))
    assert proof.outputs.endswith(word)


def test_other_weights_and_lost_ones_are_found(tmp_path: Path) -> None:
    found = small(tmp_path)
    weights = dict(found.weights)
    key = next(key for key in weights if key.endswith("running_mean"))
    doubled = replace(found, weights=FrozenDict(weights | {key: weights[key].multiplied(2)}))
    assert "the output y differs by" in said(proof_of_file(doubled))[0]
    without = replace(found, weights=FrozenDict({name: weights[name] for name in weights if name != key}))
    facts = said(proof_of_file(without))
    assert f"its tensor {key} is not in the file" in facts[0]
    assert facts[1] == "the network itself: its outputs depend on 4 of the 4 elements of mean, which no layer has"


@pytest.mark.parametrize("fault, fact", [({"stride": 1}, "differs by"), ({"last": "Sigmoid"}, "differs by")])
def test_another_network_is_found(tmp_path: Path, fault: dict[str, Any], fact: str) -> None:
    (tmp_path / "other").mkdir()
    wrong, right = small(tmp_path / "other", **fault), small(tmp_path)
    assert fact in said(proof_of_file(replace(wrong, source=right.source)))[0]


def test_another_text_is_found(tmp_path: Path) -> None:
    found = small(tmp_path)
    text = spec_text(found.graph)
    assert "another network" in said(proof_of_file(found, text.replace("linear: 5", "linear: 6")))[0]
    assert "is refused" in said(proof_of_file(found, text.replace("linear: 5", "linear: five")))[0]


def test_calc_imports_a_file_with_its_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.sources import importers
    from calc.sources.importing import imported_spec

    (line,) = re.findall(r'^onnx_proof = "(.*)"$', PYPROJECT.read_text(), re.MULTILINE)
    point = EntryPoint("onnx_proof", line, importers.GROUP)
    monkeypatch.setattr(importers, "registered", lambda name: [point] if name == point.name else [])
    given = imported_spec(small(tmp_path).source, importers.ImportOptions())
    assert "compared" not in given.text
    assert "equal to the file; outputs at batch 2 equal in float32" in given.notes[-1]


@pytest.mark.parametrize(
    "gone, registered, says",
    [
        ({"onnxruntime"}, True, "outputs not compared with the file's, since onnxruntime is not installed"),
        ({"torch"}, True, "since PyTorch is not installed"),
        ({"torch", "onnxruntime"}, True, "since PyTorch and onnxruntime are not installed"),
        (
            set(),
            False,
            "the entry point onnx_proof of calc.importers, which runs the file, is missing: install macbits again",
        ),
    ],
)
def test_what_is_not_compared_is_said_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: set[str], registered: bool, says: str
) -> None:
    from calc.sources import importers
    from calc.sources.importing import imported_spec
    from verify.importers import onnx_file

    point = EntryPoint("onnx_proof", "verify.importers.onnx_file:prove_file", importers.GROUP)
    monkeypatch.setattr(importers, "registered", lambda name: [point] if registered else [])
    for module in (importers, onnx_file):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name in gone else name)
    given = imported_spec(small(tmp_path).source, importers.ImportOptions())
    assert given.notes[-1].endswith(says)
    note = given.text.splitlines()[1]
    assert note.startswith(
        "# outputs not compared" if "torch" not in gone and registered else "# not run: neither MACs"
    )
    assert note.endswith(says)


def test_what_is_not_known_is_not_run(tmp_path: Path) -> None:
    from calc.spec import expand, loads

    found = small(tmp_path)
    text = spec_text(found.graph)
    (relu,) = [line for line in text.splitlines() if line.endswith(": relu")]
    fields = "op: Relu, shape: [4, 4, 4], channels: first, reason: none, tensors: none"
    odd = text.replace(relu, f"{relu.removesuffix('relu')}{{opaque: {{{fields}}}}}")
    proof = proof_of_file(replace(found, graph=expand(loads(odd))), odd)
    assert said(proof) == []
    assert proof.summary.endswith(
        "at least 1,748 MACs: equal to the file; not run, since not all of its layers are known"
    )


def linear_file(folder: Path, weight: float, bias: float) -> Any:
    """An output ``weight * x + bias`` of 3 numbers, and a second one without these, imported."""
    import numpy as np

    from calc.onnx.load import import_onnx
    from tests.calc.onnx.models import Small, saved

    tensors = {"w": np.full(3, weight, "float32"), "b": np.full(3, bias, "float32")}
    nodes = [("Mul", "x w", "m", {}), ("Add", "m b", "y", {}), ("Tanh", "x", "z", {})]
    return import_onnx(saved(Small(nodes, {"x": ("N", 3)}, tensors, outputs=("y", "z")).proto(), folder))


def test_outputs_that_hardly_depend_on_the_inputs_are_compared_for_larger_inputs(tmp_path: Path) -> None:
    proof = proof_of_file(linear_file(tmp_path, 1e-4, 1.0))  # y is 1 ± 1e-4, and z is ±1 for inputs as large as 1,000
    assert said(proof) == []


def test_inputs_are_not_so_large_that_they_hide_a_wrong_bias(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    right, wrong = linear_file(tmp_path, 1.0, 0.01), linear_file(tmp_path / "other", 1.0, 0.0)
    assert "the output y differs by" in said(proof_of_file(replace(wrong, source=right.source)))[0]
