"""Forwards that take tensors in dicts, lists and tuples, or leave some of them out."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.model.graph import parameters
from calc.sources import load, read_source
from calc.sources.written import imported_text
from verify.build import Network, build
from verify.errors import VerifyError
from verify.importers.main import imported
from verify.importers.reference import loaded_reference
from verify.reference import compare_with_reference

CODE = '''
import torch
from torch import nn

class Net(nn.Module):
    """Two convolutions, of a map of 3 channels and one of 2."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 1, bias=False), nn.Conv2d(2, 4, 1, bias=False)

    def both(self, x, y):
        return self.a(x) + self.b(y)

class TakesADict(Net):
    def forward(self, batch):
        found = self.both(batch["image"], batch["depth"])
        return found if batch.get("scale") is None else found * batch["scale"]

class TakesItByKeyword(Net):
    def forward(self, *, batch):
        return {"scores": self.both(batch["image"], batch["depth"])}

class TakesAList(Net):
    def forward(self, maps):
        assert isinstance(maps, list)
        return self.both(*maps)

class TakesATuple(Net):
    def forward(self, maps: tuple[torch.Tensor, torch.Tensor]):
        assert isinstance(maps, tuple)
        return self.both(*maps)

class TakesSeveral(Net):
    def forward(self, scale, *maps):
        return self.both(*maps) * scale

class TakesThemNested(Net):
    def forward(self, batch, mask=None, scale=None):
        found = self.both(batch["maps"][0], batch["maps"][1])
        found = found if mask is None else found.masked_fill(~mask["kept"], 0.0)
        return found if scale is None else found * scale

class TakesNamed(Net):
    def forward(self, **batch):
        return self.both(batch["image"], batch["maps"]["depth"])

class TakesANumber(Net):
    def forward(self, image, step, depth):
        assert step.dim() == 1
        return self.both(image, depth) * step[:, None, None, None].cos()

class TakesANumberInADict(TakesANumber):
    def forward(self, batch):
        return super().forward(batch["image"], batch["step"], batch["depth"])

class TakesAnAxisOfOne(Net):
    def forward(self, image, depth, step):
        assert step.dim() == 2
        return self.both(image, depth) * step[:, :, None, None]

class TakesAnObject(Net):
    def forward(self, batch):
        return self.both(batch.image, batch.depth)

class LeavesOut(Net):
    def forward(self, image, scale=None, depth=None):
        found = self.both(image, depth)
        return found if scale is None else found * scale
'''
IMAGE, DEPTH, MASK = (3, 4, 4), (2, 4, 4), (1, 4, 4)
MACS = 4 * (3 + 2) * 16


@pytest.fixture(autouse=True)
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(CODE)
    yield
    sys.modules.pop("nets", None)


GIVEN = [
    ("TakesADict", {"batch.image": IMAGE, "batch.depth": DEPTH}, "batch_image batch_depth"),
    ("TakesADict", {"batch_image": IMAGE, "batch_depth": DEPTH}, "batch_image batch_depth"),
    (
        "TakesADict",
        {"batch.scale": MASK, "batch.image": IMAGE, "batch.depth": DEPTH},
        "batch_scale batch_image batch_depth",
    ),
    ("TakesItByKeyword", {"batch.image": IMAGE, "batch.depth": DEPTH}, "batch_image batch_depth"),
    ("TakesAList", {"maps.1": DEPTH, "maps.0": IMAGE}, "maps_1 maps_0"),
    ("TakesATuple", {"maps.0": IMAGE, "maps.1": DEPTH}, "maps_0 maps_1"),
    ("TakesSeveral", {"maps.0": IMAGE, "maps.1": DEPTH, "scale": MASK}, "scale maps_0 maps_1"),
    ("TakesThemNested", {"batch.maps.0": IMAGE, "batch.maps.1": DEPTH}, "batch_maps_0 batch_maps_1"),
    (
        "TakesThemNested",
        {"mask.kept": MASK, "batch.maps.0": IMAGE, "batch.maps.1": DEPTH},
        "batch_maps_0 batch_maps_1 mask_kept",
    ),
    ("TakesNamed", {"image": IMAGE, "maps.depth": DEPTH}, "image maps_depth"),
    ("LeavesOut", {"image": IMAGE, "depth": DEPTH}, "image depth"),
    ("TakesANumber", {"image": IMAGE, "step": (), "depth": DEPTH}, "image step depth"),
    (
        "TakesANumberInADict",
        {"batch.image": IMAGE, "batch.step": (), "batch.depth": DEPTH},
        "batch_image batch_step batch_depth",
    ),
    ("TakesAnAxisOfOne", {"image": IMAGE, "depth": DEPTH, "step": (1,)}, "image depth step"),
]


@pytest.mark.parametrize("name, sizes, inputs", GIVEN)
def test_each_tensor_is_an_input(name: str, sizes: dict[str, tuple[int, ...]], inputs: str) -> None:
    found = imported(f"nets.py:{name}", sizes)
    assert sorted(found.graph.input_sizes.values()) == sorted(sizes.values())
    assert " ".join(found.graph.inputs) == inputs
    assert parameters(found.graph) == {"a.weight": (4, 3, 1, 1), "b.weight": (4, 2, 1, 1)}
    assert found.prove is not None
    proof = found.prove(imported_text(found))
    assert proof.problems == ()
    assert (proof.params, proof.macs, proof.outputs) == (4 * 5, MACS, "outputs at batch 2 equal")


@pytest.mark.parametrize(
    "name, sizes, remark",
    [
        (
            "TakesANumber", (1,),
            "step=1 is a tensor of (batch, 1)\n  hint: --input step=scalar is one of (batch,)",
        ),
        (
            "TakesAnAxisOfOne", (),
            "step=scalar is a tensor of (batch,)\n  hint: --input step=1 is one of (batch, 1)",
        ),
    ],
)  # fmt: skip
def test_one_number_of_each_sample_has_an_axis_or_none(name: str, sizes: tuple[int, ...], remark: str) -> None:
    with pytest.raises(SpecError) as caught:
        imported(f"nets.py:{name}", {"image": IMAGE, "depth": DEPTH, "step": sizes})
    assert str(caught.value).endswith(f"nets.py:{name}: {remark}")


def test_a_command_takes_the_names_of_the_source() -> None:
    sizes = {"batch.image": IMAGE, "batch.depth": DEPTH}
    model = load("nets.py:TakesADict", sizes)
    assert analyse(model, input=sizes).totals.macs == MACS


@pytest.mark.parametrize(
    "name, sizes",
    [
        ("TakesADict", {"batch.image": IMAGE, "batch.depth": DEPTH}),
        ("TakesSeveral", {"maps.0": IMAGE, "maps.1": DEPTH, "scale": MASK}),
        ("LeavesOut", {"image": IMAGE, "depth": DEPTH}),
        ("TakesANumber", {"image": IMAGE, "step": (), "depth": DEPTH}),
        ("TakesAnAxisOfOne", {"image": IMAGE, "depth": DEPTH, "step": (1,)}),
    ],
)
def test_a_spec_is_compared_with_such_a_module(name: str, sizes: dict[str, tuple[int, ...]]) -> None:
    graph = imported(f"nets.py:{name}", sizes).graph
    source = read_source(f"nets.py:{name}")
    assert source is not None
    reference = loaded_reference(source, graph)
    inputs = Network.sample(graph, 2)
    with torch.no_grad():
        assert compare_with_reference(build(graph), reference.module, name, inputs).identical


def test_a_spec_is_compared_with_a_module_whose_inputs_have_the_names_of_its_parts() -> None:
    Path("nets.py").write_text(
        CODE + "class Named(Net):\n    def forward(self, b, a):\n        return self.both(a, b.flip(2))\n"
    )
    graph = imported("nets.py:Named", {"a": IMAGE, "b": DEPTH}).graph
    source = read_source("nets.py:Named")
    assert source is not None
    assert list(graph.inputs) == ["b_in", "a_in"]
    reference = loaded_reference(source, graph)
    assert compare_with_reference(build(graph), reference.module, "named", Network.sample(graph, 2)).identical


def test_a_spec_is_compared_with_a_module_of_booleans() -> None:
    Path("nets.py").write_text(
        "from torch import nn\n"
        "class Masks(nn.Linear):\n"
        "    def forward(self, input, other=None, mask=None):\n"
        "        return super().forward(input).masked_fill(mask, 0.5)\n"
        "def make():\n"
        "    return Masks(3, 4)\n"
    )
    graph = imported("nets.py:make", {"input": (3,), "mask": (4,)}).graph
    source = read_source("nets.py:make")
    assert source is not None
    reference = loaded_reference(source, graph)
    assert compare_with_reference(build(graph), reference.module, "masks", Network.sample(graph, 2)).identical


@pytest.mark.parametrize(
    "name, sizes, fact, hint",
    [
        (
            "TakesADict",
            {"image": IMAGE},
            "nets.py:TakesADict: forward has no argument image",
            "known here: batch; --input batch.image=3x4x4 if batch is a dict",
        ),
        (
            "TakesSeveral",
            {"mask": MASK},
            "nets.py:TakesSeveral: forward has no argument mask",
            "known here: scale; --input scale.mask=1x4x4 if scale is a dict; "
            "--input maps.0=1x4x4 for the first of *maps",
        ),
        ("TakesADict", {"bach.image": IMAGE}, "nets.py:TakesADict: forward has no argument bach.image", ""),
        ("TakesADict", {"batch.": IMAGE}, "nets.py:TakesADict: forward has no argument batch.", "did you mean batch?"),
        (
            "TakesADict",
            {"batch.image": IMAGE, "batch": IMAGE},
            "nets.py:TakesADict: batch is given as a tensor and as a container of image",
            "give only one of the two",
        ),
        (
            "TakesAList",
            {"maps.0": IMAGE, "maps.2": DEPTH},
            "nets.py:TakesAList: maps is given as a list with the positions 0, 2",
            "positions count from 0: here from 0 to 1, and no other keys",
        ),
        (
            "TakesADict",
            {"batch.a.b": IMAGE, "batch.a_b": IMAGE},
            "nets.py:TakesADict: two inputs would be called batch_a_b in the spec, which joins keys by _",
            "import a module of your own that names them otherwise",
        ),
    ],
)
def test_names_that_no_forward_takes(name: str, sizes: dict[str, tuple[int, ...]], fact: str, hint: str) -> None:
    with pytest.raises(VerifyError) as caught:
        imported(f"nets.py:{name}", sizes)
    assert caught.value.fact == fact
    assert not hint or caught.value.hint == hint


@pytest.mark.parametrize("name, sizes", [("TakesAnObject", {"batch.image": IMAGE}), ("TakesADict", {"batch": IMAGE})])
def test_what_a_forward_needs_instead_is_said(name: str, sizes: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises((SpecError, OpError)) as caught:
        imported(f"nets.py:{name}", sizes)
    assert "--input batch.image=3x224x224" in str(caught.value)
    assert "if it is another object, import a module of your own" in str(caught.value)
