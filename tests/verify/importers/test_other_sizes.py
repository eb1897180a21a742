"""An import reports the input sizes at which its spec runs but is not the network that was imported."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec
from tests.verify.importers.proving import proved


class Net(nn.Module):
    """A network that passes its second convolution, the output of its first, and the input to ``between``."""

    def __init__(self, between: Any, stride: int = 1) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, stride, padding=1)
        self.b = nn.Conv2d(4, 4, 1)
        self.between = between

    def forward(self, x: torch.Tensor) -> Any:
        return self.between(self.b, self.a(x), x)


def _whole(b: nn.Module, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return b(functional.interpolate(y, size=x.shape[-2:]))


def _last(b: nn.Module, y: torch.Tensor, x: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"out": functional.interpolate(b(y), size=x.shape[-2:])}


def _multiple(b: nn.Module, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return b(functional.pad(y, (0, -x.shape[-1] % 8, 0, -x.shape[-2] % 8)))


def _refused(b: nn.Module, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    if x.shape[-1] != 8:
        raise ValueError
    return b(y)


def _pooled(b: nn.Module, y: torch.Tensor, _x: torch.Tensor) -> torch.Tensor:
    return b(functional.adaptive_avg_pool2d(y, 1)).flatten(1)


def _reshaped(b: nn.Module, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    height, width = x.shape[-2:]
    return b(y).view(-1, 4, height * width).transpose(1, 2)


ONLY = "holds at 3x8x8, and not at 3x16x16, where"


@pytest.mark.parametrize(
    ("between", "stride", "said"),
    [
        (_whole, 2, f"{ONLY} the module differs in b"),
        (_last, 2, f"{ONLY} the module differs in the network itself"),
        (_refused, 1, f"{ONLY} the module fails"),
        (_multiple, 1, "holds at 3x8x8 and 3x16x16, and not at 3x9x9, where the module differs in b"),
        (_pooled, 2, ""),
        (_reshaped, 1, ""),
    ],
)
def test_a_spec_that_is_another_network_at_other_sizes_says_so(between: Any, stride: int, said: str) -> None:
    proof = proved(Net(between, stride), x=(3, 8, 8))
    assert proof.problems == ()
    assert proof.remark == said


def test_it_is_the_second_line_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nimport torch.nn.functional as F\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.b = nn.Conv2d(3, 4, 3)\n"
        "    def forward(self, x):\n        return self.b(F.avg_pool2d(x, x.shape[-1] // 4))\n"
    )
    text = imported_spec(f"{tmp_path}/net.py:Net", ImportOptions((3, 16, 16))).text
    assert text.splitlines()[1] == "# holds at 3x16x16, and not at 3x32x32, where the module differs in b"
