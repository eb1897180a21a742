"""Networks of other float types are imported in float32, with a remark."""

from pathlib import Path

import pytest
import torch

from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec

CODE = """
import torch
from torch import nn
def half():
    return nn.Linear(3, 4).half()
def wide():
    torch.set_default_dtype(torch.float64)
    return nn.Linear(3, 4)
def usual():
    return nn.Linear(3, 4)
"""


@pytest.mark.parametrize("name, floats", [("half", "float16"), ("wide", "float64"), ("usual", "")])
def test_it_is_imported_in_float32(name: str, floats: str, tmp_path: Path) -> None:
    (tmp_path / "floats.py").write_text(CODE)
    second = imported_spec(f"{tmp_path}/floats.py:{name}", ImportOptions((3,))).text.splitlines()[1]
    assert torch.get_default_dtype() == torch.float32
    if floats:
        assert second.startswith(f"# Its parameters are {floats}, but it is imported in float32")
    else:
        assert second == f"name: {name}"
