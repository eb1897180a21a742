"""Files that are no weights, or whose header says more than they hold, are refused without torch."""

import json
import os
import zipfile

import pytest
import torch

from verify.errors import VerifyError
from verify.evaluate.weight_file import MAX_HEADER_BYTES, require_weights

pytestmark = pytest.mark.torch


def test_files_of_torch_and_safetensors_pass(tmp_path):
    state = {"a": torch.zeros(3, 4), "b": torch.ones(2)}
    torch.save(state, tmp_path / "new.pt")
    torch.save(state, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    pytest.importorskip("safetensors.torch").save_file(state, tmp_path / "net.safetensors")
    for name in ("new.pt", "old.pt", "net.safetensors"):
        require_weights(str(tmp_path / name))


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "device", "link to itself", "under a file"])
def test_what_is_no_file_is_refused(tmp_path, kind, ending):
    path = tmp_path / f"net.{ending}"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "under a file":
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / path.name
    elif kind != "missing":
        path.symlink_to("/dev/zero" if kind == "device" else path.name)
    words = {"missing": "no such file", "under a file": "no such file", "link to itself": "cannot be read"}
    with pytest.raises(VerifyError, match=words.get(kind, f"is a (named )?{kind}, not a file")):
        require_weights(str(path))


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def tensor(**changed):
    return {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changed}


@pytest.mark.parametrize(
    "data",
    [
        safetensors(tensor(), bytes(4)),
        safetensors(tensor(), bytes(12)),
        safetensors(tensor(shape=[10**12]), bytes(8)),
        safetensors(tensor(shape=[2**40, 2**40]), bytes(8)),
        safetensors(tensor(shape=[-2]), bytes(8)),
        safetensors(tensor(data_offsets=[0, 2**62]), bytes(8)),
        safetensors(tensor(data_offsets=[8, 0]), bytes(8)),
        safetensors(tensor(dtype="F31"), bytes(8)),
        safetensors(tensor() | {"v": tensor()["w"]}, bytes(8)),
        safetensors(b"[" * 10_000),
        safetensors(b"{}", length=2**63),
        safetensors(b"{}", length=10**6),
        safetensors(b"\xff\xfe"),
        b"\0" * 8,
        b"\1",
        b"",
    ],
    ids=range(16),
)
def test_a_header_that_says_what_is_not_so_is_refused(tmp_path, data):
    pytest.importorskip("safetensors")
    (tmp_path / "net.safetensors").write_bytes(data)
    with pytest.raises(VerifyError, match="cannot be read as weights"):
        require_weights(str(tmp_path / "net.safetensors"))


def test_a_long_header_is_not_read(tmp_path):
    pytest.importorskip("safetensors")
    with (tmp_path / "net.safetensors").open("wb") as file:
        file.write((MAX_HEADER_BYTES + 1).to_bytes(8, "little"))
        file.truncate(2 * MAX_HEADER_BYTES)
    with pytest.raises(VerifyError, match="its header has 4,194,305 bytes"):
        require_weights(str(tmp_path / "net.safetensors"))


@pytest.mark.parametrize("data", [b"", b"PK\3\4 cut", b"junk", bytes(1000)])
def test_what_torch_has_not_written_is_refused(tmp_path, data):
    (tmp_path / "net.pt").write_bytes(data)
    with pytest.raises(VerifyError, match="cannot be read as weights: it is not a file that holds only tensors"):
        require_weights(str(tmp_path / "net.pt"))


def test_a_packed_file_that_grows_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data/0", bytes(10**7))
    with pytest.raises(VerifyError, match=r"would expand to 10,000,000"):
        require_weights(str(tmp_path / "net.pt"))


def test_a_sparse_file_is_not_read(tmp_path):
    with (tmp_path / "net.pt").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(VerifyError, match="it is not a file that holds only tensors"):
        require_weights(str(tmp_path / "net.pt"))
