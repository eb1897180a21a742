import sys
from pathlib import Path

import pytest
import torch

from verify.errors import VerifyError
from verify.importers import load_source

CODE = """
import torch
from torch import nn
print("loading")
network = nn.Linear(3, 4)
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(3, 4))
def make():
    print("making")
    return nn.Linear(3, 4)
def needs(width):
    return nn.Linear(width, 4)
def breaks():
    raise RuntimeError("no weights here")
def leaves():
    raise SystemExit(3)
def number():
    return 3
class Open(nn.Module):
    def forward(self, *maps):
        return maps
class Named(nn.Module):
    def forward(self, image=None, **others):
        return others
class Two(nn.Module):
    def forward(self, image, ids, scale=None):
        return image
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(CODE)
    yield "nets.py"
    sys.modules.pop("nets", None)


@pytest.mark.parametrize("name, kind", [("make", "Linear"), ("network", "Linear"), ("Net", "Net")])
def test_a_module_a_class_and_a_callable_are_taken(file: str, name: str, kind: str, capsys) -> None:
    loaded = load_source(f"{file}:{name}", {"input": (3,)})
    assert loaded.class_name == kind
    assert loaded.inputs == {"input": (3,)}
    said = capsys.readouterr()
    assert said.out == ""
    assert "loading" in said.err


@pytest.mark.usefixtures("file")
def test_a_package_is_imported_from_the_current_folder() -> None:
    assert load_source("nets:make", {"input": (3,)}).class_name == "Linear"
    assert not any(path == "" for path in sys.path[:1])


@pytest.mark.parametrize(
    "source, fact",
    [
        ("nets.py:number", "nets.py:number: number() does not return a torch.nn.Module, but int"),
        ("nets", "'nets' does not name a network in PyTorch"),
        ("torchvision/resnet19", "torchvision has no model resnet19"),
        ("nets.py:make", "nets.py:make needs the sizes of its input input"),
    ],
)
@pytest.mark.usefixtures("file")
def test_what_cannot_be_loaded_is_said_in_a_line(source: str, fact: str) -> None:
    with pytest.raises(VerifyError) as caught:
        load_source(source, {} if source == "nets.py:make" else {"input": (3,)})
    assert caught.value.fact == fact


def test_inputs_are_given_by_the_names_of_the_arguments(file: str) -> None:
    loaded = load_source(f"{file}:Two", {"ids": (7,), "image": (3, 4, 4)})
    assert loaded.inputs == {"image": (3, 4, 4), "ids": (7,)}
    with pytest.raises(VerifyError, match=r"forward has no argument text"):
        load_source(f"{file}:Two", {"text": (7,)})
    with pytest.raises(VerifyError, match=r"needs the sizes of its input ids") as caught:
        load_source(f"{file}:Two", {"image": (3, 4, 4)})
    assert caught.value.hint == "--input ids=3x224x224, without the batch"


def test_open_arguments_are_given_where_they_have_names(file: str) -> None:
    with pytest.raises(VerifyError, match=r"forward has no argument image") as caught:
        load_source(f"{file}:Open", {"image": (7,)})
    assert caught.value.hint == "--input maps.0=7 for the first of *maps"
    assert load_source(f"{file}:Open", {"maps.0": (7,)}).inputs == load_source(f"{file}:Open", {"maps_0": (7,)}).inputs
    loaded = load_source(f"{file}:Named", {"text": (7,), "image": (3,)})
    assert loaded.inputs == {"image": (3,), "text": (7,)}


def test_torchvision_says_its_own_sizes() -> None:
    assert load_source("torchvision/resnet18", {}).inputs == {"x": (3, 224, 224)}


def test_a_pair_of_images_is_two_inputs() -> None:
    assert load_source("torchvision/raft_small", {}).inputs.keys() == {"image1", "image2"}


@pytest.mark.oracles("torchvision")
def test_a_detector_has_as_many_boxes_as_it_passes_on_at_most() -> None:
    with torch.device("meta"):
        usual = load_source("torchvision/maskrcnn_resnet50_fpn", {})
        smaller = load_source("torchvision/fasterrcnn_mobilenet_v3_large_320_fpn", {"input": (3, 64, 96)})
        fixed = load_source("torchvision/ssdlite320_mobilenet_v3_large", {})
    assert usual.inputs == {"image": (3, 800, 800), "proposals": (1000, 4), "detections": (100, 4)}
    assert smaller.inputs == {"image": (3, 64, 96), "proposals": (150, 4)}
    assert fixed.inputs == {"image": (3, 320, 320)}
    (remark,) = fixed.remarks
    assert "suppression" in remark
