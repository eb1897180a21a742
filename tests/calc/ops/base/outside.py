"""A small distribution of other people's, on a path of its own: an op ``swirl`` and the builder for it."""

import os
import subprocess
import sys
from pathlib import Path

OP = '''
from calc.ops.base import Op
from calc.ops.base.fields import Positive

class Swirl(Op):
    """Every element turned ``turns`` times."""

    word = "swirl"
    no_macs = "one turn an element, no sum"
    category = "activation"
    turns: Positive = 1

    def output_shape(self, inputs):
        return inputs[0]
'''
BUILDER = """
from torch import nn

class Swirl(nn.Module):
    def __init__(self, turns):
        super().__init__()
        self.turns = turns

    def forward(self, x):
        for _ in range(self.turns):
            x = x.sin()
        return x

def build(op, inputs):
    return Swirl(op.turns)
"""
ENTRIES = {"calc.ops": "swirl = swirls_op:Swirl", "verify.builders": "swirl = swirls_builder:build"}
SPEC = """
name: swirling
input: [3, 8, 8]
layers:
  turn: {swirl: 2}
  stem: {conv2d: {out_channels: 4, kernel_size: 3}}
"""


def distribution(
    folder: Path, entries: dict[str, str] = ENTRIES, name: str = "swirls", op: str = OP, builder: str = BUILDER
) -> Path:
    """Writes the distribution ``name`` into ``folder``, which is to be on the path; ``entries`` are its groups."""
    (folder / "swirls_op.py").write_text(op, encoding="utf-8")
    (folder / "swirls_builder.py").write_text(builder, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    groups = "".join([f"[{group}]\n{line}\n" for group, line in entries.items()])
    (info / "entry_points.txt").write_text(groups, encoding="utf-8")
    return folder


def calc(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """``calc`` in ``folder``, with the distribution that lies there."""
    (folder / "net.yaml").write_text(SPEC, encoding="utf-8")
    path = os.pathsep.join([str(folder), *filter(None, [str(Path(__file__).parents[4]), os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "calc", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        check=False,
    )
