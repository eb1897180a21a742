"""Everything in a file of torch.export that PyTorch would run as code is refused before PyTorch reads it."""

import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch
from torch import nn

from calc.errors import SpecError
from verify.errors import VerifyError
from verify.importers.archive import require_data
from verify.importers.load import load_source


class Attack:
    """An object that makes a file when it is unpickled."""

    def __reduce__(self):
        return open, ("attacked", "w")


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    """The parts of a good file, by name."""
    dynamic = ({0: torch.export.Dim.AUTO, 2: torch.export.Dim.AUTO},)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.BatchNorm2d(4), nn.ReLU()).eval()
    program = torch.export.export(net, (torch.zeros(2, 3, 9, 9),), dynamic_shapes=dynamic)
    file = io.BytesIO()
    torch.export.save(program, file)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(parts: dict[str, bytes]) -> str:
    with ZipFile("net.pt2", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return "net.pt2"


def with_model(parts: dict[str, bytes], change: Callable[[str], str]) -> dict[str, bytes]:
    name = next(name for name in parts if name.endswith("models/model.json"))
    changed = change(parts[name].decode())
    assert changed != parts[name].decode()
    json.loads(changed)
    return parts | {name: changed.encode()}


def test_a_good_file_passes_and_loads(parts) -> None:
    require_data(write(parts))
    assert load_source("net.pt2", {}).network()(torch.zeros(3, 3, 9, 9)).shape == (3, 4, 4, 4)


@pytest.mark.parametrize(
    "target",
    [
        "torch.os.system",
        "torch.ops.load_library",
        "torch.ops.aten.__class__",
        "torch.load",
        "#extension",
        "_operator.a.b",
    ],
)
def test_a_function_that_is_no_operation_is_refused(parts, target: str) -> None:
    file = write(with_model(parts, lambda text: text.replace("torch.ops.aten.relu.default", target)))
    with pytest.raises(VerifyError, match="is not an operation of PyTorch"):
        load_source(file, {})


@pytest.mark.parametrize(
    "size", ["open('attacked', 'w')", "test()", "Symbol('s0').name", "().__class__", "Integer('1')", "x[0]"]
)
def test_a_size_that_is_no_arithmetic_is_refused(parts, size: str) -> None:
    name = next(name for name in parts if name.endswith("models/model.json"))
    first = parts[name].decode().split('"expr_str": "')[1].split('"')[0]
    file = write(with_model(parts, lambda text: text.replace(first, size)))
    with pytest.raises(VerifyError, match="which is not arithmetic"):
        load_source(file, {})
    assert not Path("attacked").exists()


@pytest.mark.parametrize("part", ["data/aotinductor/model/a.txt", "data/extra/lib.so", "data/constants/custom_obj_0"])
def test_parts_that_would_be_run_are_refused(parts, part: str) -> None:
    folder = next(iter(parts)).partition("/")[0]
    with pytest.raises(VerifyError, match="holds"):
        load_source(write(parts | {f"{folder}/{part}": b""}), {})


def test_what_is_pickled_is_not_run(parts) -> None:
    pickled = {name: pickle.dumps(Attack()) if name.endswith(".pt") else data for name, data in parts.items()}
    assert pickled != parts
    with pytest.raises(VerifyError, match="is not a file of torch"):
        load_source(write(pickled), {})
    assert not Path("attacked").exists()


def test_guards_in_the_file_are_not_run(parts) -> None:
    def attack(text: str) -> str:
        return json.dumps(json.loads(text) | {"guards_code": ["open('attacked', 'w')"]})

    program = load_source(write(with_model(parts, attack)), {})
    program.network()(torch.zeros(3, 3, 9, 9))
    assert not Path("attacked").exists()


def test_two_parts_of_one_name_are_refused(parts) -> None:
    write(parts)
    with ZipFile("net.pt2", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(next(iter(parts)), b"")
    with pytest.raises(VerifyError, match="two parts with the same name"):
        require_data("net.pt2")


def test_what_is_no_such_file() -> None:
    Path("net.pt2").write_bytes(b"no archive")
    Path("folder.pt2").mkdir()
    with pytest.raises(VerifyError, match=r"is not a file of torch\.export"):
        require_data("net.pt2")
    for path in ("folder.pt2", "gone.pt2", "x\0.pt2"):
        with pytest.raises(SpecError, match="cannot be read"):
            require_data(path)
