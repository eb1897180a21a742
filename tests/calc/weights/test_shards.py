"""A network over several files."""

import json
from pathlib import Path

import pytest

from calc.weights.read import read_weights
from tests.calc.weights.files import ENTRIES, refusal, safetensors_bytes


@pytest.fixture
def index(tmp_path: Path) -> Path:
    for number, (name, entry) in enumerate(ENTRIES.items()):
        size = entry["data_offsets"][1] - entry["data_offsets"][0]
        header = {name: entry | {"data_offsets": [0, size]}}
        (tmp_path / f"{number}.safetensors").write_bytes(safetensors_bytes(header, size))
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a.weight": "0.safetensors", "a.bias": "1.safetensors"}}))
    return path


def test_all_files_are_one(index: Path) -> None:
    found = read_weights(str(index))
    assert [tensor.name for tensor in found.tensors] == ["a.weight", "a.bias"]
    assert [Path(part).name for part in found.parts] == ["0.safetensors", "1.safetensors"]
    assert found.file_bytes == sum(path.stat().st_size for path in index.parent.iterdir())
    assert found.file_bytes == found.header_bytes + found.tensor_bytes


def test_a_tensor_that_the_index_leaves_out_is_a_note(index: Path) -> None:
    header = {
        name: {"dtype": "I8", "shape": [1], "data_offsets": [at, at + 1]} for at, name in enumerate(["a.bias", "b"])
    }
    (index.parent / "1.safetensors").write_bytes(safetensors_bytes(header, 2))
    assert read_weights(str(index)).notes == ("the files hold 1 tensor that the index does not name",)


@pytest.mark.parametrize(
    "text, said",
    [
        ("[]", "byte 0: the index must be a JSON object"),
        ("{}", "byte 0: not an index of safetensors: it has no weight_map of names to files"),
        (
            '{"weight_map": {"a": "/etc/passwd"}}',
            "/etc/passwd must be the name of a .safetensors file beside the index",
        ),
        ('{"weight_map": {"a": "../x.safetensors"}}', "../x.safetensors must be the name of"),
        ('{"weight_map": {"a": 1}}', "a: 1 must be the name of"),
        ('{"weight_map": {"a": "9.safetensors"}}', "9.safetensors: cannot be read: No such file"),
        (
            '{"weight_map": {"b.weight": "0.safetensors"}}',
            "b.weight: is not in 0.safetensors\n  hint: did you mean a.w",
        ),
    ],
)
def test_an_index_that_lies_is_refused(index: Path, text: str, said: str) -> None:
    index.write_text(text)
    assert said in refusal(read_weights, str(index))
