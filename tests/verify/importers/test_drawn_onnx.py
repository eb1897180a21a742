"""Drawn networks, built, exported by torch.onnx and imported again: the same MACs and parameters."""

import json
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest
from hypothesis import given, settings

from calc.analysis import analyse
from calc.errors import SpecError
from calc.model.graph import Graph, parameters
from calc.spec import expand, loads
from tests.strategies import import_drawing
from tests.verify.importers.test_drawn import networks

import_drawing()

NOT_EXPORTED = (
    '"training_only"', '"again"', '"shares"', '"track_running_stats": false', '"same"', '"affine": false',
)  # fmt: skip
"""What torch's exporter does not write as it is: what is not run is left out, what is shared is written twice, and a
norm without a scale gets one of ones, which a file does not tell from a learnt one."""
MAY_BE_REFUSED = ("calc has no op for", "of the batch", "batch axis", "must be true or false", "positions [")
EXPORT = """
import json, sys, warnings
import torch
from calc.spec import expand, loads
from verify.build import build

warnings.simplefilter("ignore")
for number, text in json.loads(sys.stdin.read()):
    graph = expand(loads(text))
    names = [f"in{at}" for at in range(len(graph.inputs))]
    axes = {name: {0: "batch"} for name in names}
    mode = torch.onnx.TrainingMode.PRESERVE
    print(number, flush=True)
    try:
        network = build(graph).eval()
        torch.onnx.export(
            network, network.sample(graph, 2), f"{sys.argv[1]}/{number}.onnx", dynamo=False, training=mode,
            input_names=names, dynamic_axes=axes, opset_version=17, verbose=False,
        )
    except Exception:
        pass
"""
"""The exporter that keeps the norms. It ends the process for some networks, so it has one of its own."""


def exported(texts: list[str], folder: Path) -> dict[int, str]:
    """The files of those specs of which torch makes one, by their places."""
    left = list(enumerate(texts))
    while left:
        run = subprocess.run(
            [sys.executable, "-c", EXPORT, str(folder)], input=json.dumps(left), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        tried = [int(line) for line in run.stdout.split("\n") if line.isdigit()]
        assert tried, run.stderr[-2000:]
        left = [each for each in left if each[0] > tried[-1]]
        if run.returncode:
            (folder / f"{tried[-1]}.onnx").unlink(missing_ok=True)
    files = {number: folder / f"{number}.onnx" for number in range(len(texts))}
    return {number: str(path) for number, path in files.items() if path.exists() and is_whole(path)}


def is_whole(path: Path) -> bool:
    """Whether onnx itself takes the file: torch writes some that are none, with an axis twice in an order of axes."""
    import onnx

    try:
        onnx.checker.check_model(str(path), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return False
    return True


def is_all_read(graph: Graph) -> bool:
    """Whether an output is made of every layer: a file has no others."""
    read = set(graph.outputs.values())
    for at in range(len(graph.nodes) - 1, -1, -1):
        read |= set(graph.nodes[at].inputs) if at in read else set()
    return len(read) == len(graph.nodes)


def comes_back(text: str, path: str) -> bool:
    """Whether the spec ``text`` comes back from its file at ``path``; False where calc may refuse it.

    A lone number in a file that is added or multiplied is no parameter. Raises AssertionError for other numbers.
    """
    from calc.onnx.load import import_onnx

    try:
        found = analyse(import_onnx(path).graph)
    except SpecError as error:
        facts = [problem.fact for problem in error.problems]
        assert all(any(words in fact for words in MAY_BE_REFUSED) for fact in facts), (facts, text)
        return False
    graph = expand(loads(text))
    lone = sum([prod(each) == 1 for each in parameters(graph).values()])
    ours = analyse(graph).totals
    assert found.totals.macs == ours.macs, text
    assert ours.params - lone <= found.totals.params <= ours.params, text
    return True


@pytest.mark.oracles("onnx", "onnxscript")
def test_drawn_networks_come_back_from_files(tmp_path: Path) -> None:
    texts: list[str] = []

    @settings(max_examples=60, derandomize=True)  # what torch's exporter makes of a network is not ours to mend
    @given(networks())
    def draw(spec: object) -> None:
        text = getattr(spec, "text", "")
        if not any(words in text for words in NOT_EXPORTED) and is_all_read(expand(loads(text))):
            texts.append(text)

    draw()
    files = exported(texts, tmp_path)
    assert sum([comes_back(texts[number], path) for number, path in files.items()]) >= 10
