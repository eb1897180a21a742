"""PyTorch code on the command line is imported, proved, and compared with a spec."""

import json
import logging
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.calc.cli.conftest import calc as calc  # the whole command line in this process

CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4, act=nn.ReLU):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.act = act()
        self.flatten = nn.Flatten()
        self.head = nn.Linear(width * 36, 10)
    def forward(self, x):
        return self.head(self.flatten(self.act(self.conv(x))))

def make_net():
    return Net()
def wide():
    return Net(8)
def other():
    return Net(act=nn.GELU)
class Loud(Net):
    def forward(self, x):
        print("loud")
        return super().forward(x)
class Broken(Net):
    def forward(self, x):
        raise KeyError("no such layer")
class Leaves(Net):
    def forward(self, x):
        raise SystemExit(3)
class Branches(Net):
    def forward(self, x):
        if x.sum() > 0:
            x = x + 1
        return super().forward(x)
def text():
    return "no network"
class Narrow(Net):
    def forward(self, x):
        return self.act(self.conv(x)).flatten(1) @ self.head.weight
class Deep(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Identity(), nn.Sequential(Narrow()))
def scripted():
    return torch.jit.script(Net())
def jit_traced():
    return torch.jit.trace(Net(), torch.zeros(1, 3, 8, 8))
class Twice(Net):
    def forward(self, x):
        self.head(self.flatten(self.act(self.conv(x))))
        return super().forward(x)
"""
TWICE = """
import torch
from torch import nn

class Scores(nn.Module):
    def forward(self, x):
        return x @ x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        self.scores = Scores()
    def forward(self, x):
        return self.scores(self.conv(self.scores(self.conv(x))))
"""
TWICE_SPEC = """name: Twice
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 3, kernel_size: 3, padding: 1, bias: false}}
  scores: {matmul: , from: [conv, conv]}
  conv2: {again: conv}
  scores2: {matmul: , from: [conv2, conv2]}
"""
INPUT = ("--input", "3x8x8")
MACS = 4 * 3 * 9 * 36 + 4 * 36 * 10


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """nets.py in the current folder; what imports it is this checkout's, whatever is installed."""
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(CODE)
    points = {"torch": [EntryPoint("torch", "verify.importers.entry:import_with_torch", "calc.importers")]}
    monkeypatch.setattr("calc.sources.importers.registered", points.__getitem__)
    yield
    sys.modules.pop("nets", None)


def test_a_module_is_imported_and_proved(calc) -> None:
    ran = calc("import", "nets:make_net", *INPUT, "-o", "net.yaml")
    assert ran.code == 0
    assert f"{MACS:,} MACs: equal to the module" in ran.err
    text = Path("net.yaml").read_text()
    assert text.startswith("# nets:make_net at 3x8x8: imported by calc import, torch ")
    assert [line.split(":")[0].strip() for line in text.splitlines() if line.startswith("  ")] == [
        "conv",
        "act",
        "flatten",
        "head",
    ]


def test_what_a_forward_prints_is_not_in_the_spec(calc) -> None:
    ran = calc("import", "nets.py:Loud", *INPUT)
    assert ran.code == 0
    assert "loud" in ran.err
    assert "loud" not in ran.out


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("Broken", "no such layer"),
        ("Leaves", "3"),
        ("Branches", "nets.py:Branches"),
        ("text", "does not return a torch.nn.Module, but str"),
        ("scripted", "by TorchScript, which torch.export does not trace"),
        ("jit_traced", "by TorchScript, which torch.export does not trace"),
    ],
)
@pytest.mark.filterwarnings("ignore:.torch.jit.*is deprecated")
def test_a_network_that_cannot_be_imported_is_a_message(calc, name: str, fact: str) -> None:
    ran = calc("run", f"nets.py:{name}", *INPUT)
    assert (ran.code, ran.out) == (2, "")
    assert fact in ran.err
    assert "Traceback" not in ran.err
    assert "def forward(" not in ran.err


@pytest.mark.parametrize("command", ["run", "import"])
def test_what_a_forward_raises_is_one_message_with_its_line(calc, caplog, command: str) -> None:
    line = CODE.splitlines().index("        return self.act(self.conv(x)).flatten(1) @ self.head.weight") + 1
    ran = calc(command, "nets.py:Deep", "--input", "3x8x8")
    assert (ran.code, ran.out) == (2, "")
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []  # tracebacks of torch
    fact, hint = ran.err.splitlines()
    assert fact.startswith(f"nets.py:{line}: 1.0 (Narrow): its forward cannot be traced: RuntimeError: ")
    assert fact.endswith(" (nets.py:Deep)")
    assert hint == "  hint: it is tried with 13 samples of 3x8x8, and with 17"


def test_sizes_are_needed(calc) -> None:
    ran = calc("run", "nets.py:make_net")
    assert ran.code == 2
    assert "hint: --input 3x224x224" in ran.err


NEEDED = {
    "verify": (),
    "evaluate": ("--weights", "w.pt", "--data", "fake"),
    "sensitivity": ("--weights", "w.pt"),
    "train": ("--data", "fake"),
}
"""By each command that runs networks what it is given besides one."""


def test_every_command_that_runs_networks_is_here() -> None:
    written = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    listed = written.partition('entry-points."calc.commands"]\n')[2].partition("\n\n")[0]
    assert [line.partition(" ")[0] for line in listed.splitlines()] == list(NEEDED)


@pytest.mark.parametrize("command", NEEDED)
def test_a_command_that_runs_networks_asks_for_the_sizes_of_a_source(calc, command: str) -> None:
    ran = calc(command, "nets.py:make_net", *NEEDED[command])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "nets.py:make_net needs the sizes of its input x\n  hint: --input 3x224x224, without the batch\n"
    assert "--input" in calc(command, "-h").out


def test_a_source_is_verified_as_a_spec_is(calc) -> None:
    assert calc("verify", "nets.py:make_net", *INPUT).code == 0


def test_the_entry_point_in_pyproject_is_what_is_tested_here() -> None:
    written = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert '[project.entry-points."calc.importers"]\ntorch = "verify.importers.entry:import_with_torch"\n' in written


class TestAgainst:
    SPEC = """\
name: Net
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 3}}
  act: relu
  flatten: flatten
  head: {linear: 10}
"""

    @pytest.fixture(autouse=True)
    def spec(self, folder) -> None:
        Path("net.yaml").write_text(self.SPEC)

    @pytest.mark.parametrize("source", ["nets:make_net", "nets.py:Net", "nets.py:Loud"])
    def test_the_same_network(self, calc, source: str) -> None:
        ran = calc("verify", "net.yaml", "--against", source)
        assert ran.code == 0, ran.out
        assert f"{source}: state dict identical, outputs identical (max |Δ| = 0), {MACS:,} MACs identical" in ran.out
        assert "loud" not in ran.out

    def test_as_json(self, calc) -> None:
        ran = calc("verify", "net.yaml", "--against", "nets.py:make_net", "--format", "json")
        reference = json.loads(ran.out)["reference"]
        assert (reference["identical"], reference["macs"], reference["count_differences"]) == (True, MACS, [])

    def test_other_tensors(self, calc) -> None:
        ran = calc("verify", "net.yaml", "--against", "nets:wide")
        assert ran.code == 1
        assert "conv.weight: (4, 3, 3, 3) in the spec's network, but (8, 3, 3, 3) in the reference" in ran.out

    def test_another_activation(self, calc) -> None:
        ran = calc("verify", "net.yaml", "--against", "nets:other")
        assert ran.code == 1
        assert "DIFFERS from nets:other, first at act (relu)" in ran.out

    def test_other_macs(self, calc) -> None:
        ran = calc("verify", "net.yaml", "--against", "nets:Twice")
        assert ran.code == 1
        assert f"{2 * MACS:,} MACs in the reference, but {MACS:,} by calc" in ran.out
        assert "MACs DIFFER at 3 places" in ran.out

    def test_a_module_that_is_called_twice(self, calc) -> None:
        """conv holds tensors, scores none: 2 · (3 · 3 · 9 · 64 + 9 · 3 · 64) MACs of 3×8×8."""
        Path("twice.py").write_text(TWICE)
        Path("twice.yaml").write_text(TWICE_SPEC)
        macs = 2 * (3 * 3 * 9 * 64 + 8 * 8 * 8 * 3)
        ran = calc("verify", "twice.yaml", "--against", "twice.py:Net")
        assert f"identical (max |Δ| = 0), {macs:,} MACs identical" in ran.out
        assert ran.code == 0
        Path("twice.yaml").write_text(TWICE_SPEC.replace("{again: conv}", "relu"))
        ran = calc("verify", "twice.yaml", "--against", "twice.py:Net")
        assert ran.code == 1
        assert f"conv: {2 * 3 * 3 * 9 * 64:,} MACs in the reference, but {3 * 3 * 9 * 64:,} by calc" in ran.out

    @pytest.mark.parametrize(
        ("source", "fact"),
        [
            ("nets:mak", "nets has no mak"),
            ("nets:Broken", "nets:Broken cannot run on (1, 3, 8, 8): 'no such layer'"),
            ("nets:Leaves", "calls sys.exit(3)"),
            ("net.onnx", "PyTorch cannot run an ONNX file"),
            ("x:y:z", "is not a network that can be built"),
        ],
    )
    def test_what_cannot_be_compared_is_a_message(self, calc, source: str, fact: str) -> None:
        ran = calc("verify", "net.yaml", "--against", source)
        assert (ran.code, ran.out) == (2, "")
        assert fact in ran.err

    def test_an_exported_program(self, calc) -> None:
        import torch

        sys.path.insert(0, "")
        try:
            import nets
        finally:
            sys.path.remove("")
        batch = torch.export.Dim("batch")
        program = torch.export.export(nets.Net().eval(), (torch.zeros(2, 3, 8, 8),), dynamic_shapes=({0: batch},))
        torch.export.save(program, "net.pt2")
        assert f"{MACS:,} MACs" in calc("import", "net.pt2").err
        ran = calc("verify", "net.yaml", "--against", "net.pt2")
        assert ran.code == 0, ran.out
        assert calc("run", "net.pt2", *INPUT).code == 0
        ran = calc("run", "net.pt2", "--input", "3x9x9")
        assert ran.code == 2
        assert "net.pt2: was exported at 3x8x8, and cannot be imported at other sizes" in ran.err
        assert "is not a file of torch.export" in self.refused(calc, b"no archive")
        wide = ({0: batch, 2: torch.export.Dim("height", min=4)},)
        conv = torch.export.export(nets.Net().conv, (torch.zeros(2, 3, 8, 8),), dynamic_shapes=wide)
        torch.export.save(conv, "net.pt2")
        assert "was exported with dynamic sizes other than the batch" in calc("run", "net.pt2").err

    def refused(self, calc, data: bytes) -> str:
        Path("net.pt2").write_bytes(data)
        ran = calc("run", "net.pt2")
        assert (ran.code, ran.out) == (2, "")
        return ran.err


class TestNamesBelowNames:
    """A module that holds another one, which runs after it, as timm's norms hold their activations."""

    CODE = """
from torch import nn
class Norm(nn.BatchNorm2d):
    def __init__(self, channels):
        super().__init__(channels)
        self.act = nn.PReLU()
    def forward(self, x):
        return self.act(super().forward(x))
def net():
    return nn.Sequential(nn.Conv2d(3, 4, 3), Norm(4))
"""

    def test_what_is_imported_is_verified_against_it(self, calc) -> None:
        Path("norms.py").write_text(self.CODE)
        assert calc("import", "norms.py:net", *INPUT, "-o", "net.yaml").code == 0
        ran = calc("verify", "net.yaml", "--against", "norms.py:net")
        assert ran.code == 0, ran.out + ran.err
        assert "0 differences" in ran.out

    RETURNS = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 5)
    def forward(self, x):
        y = self.a(x).relu()
        z = self.b(y)
        return {"b": z.sigmoid(), "features": [y, y], "a": z}
class Other(Net):
    def forward(self, x):
        found = super().forward(x)
        return {**found, "b": found["b"] * 2}
"""

    def test_what_a_mapping_returns_is_compared_in_order(self, calc) -> None:
        Path("returns.py").write_text(self.RETURNS)
        assert calc("import", "returns.py:Net", "--input", "3", "-o", "returns.yaml").code == 0
        same, other = (calc("verify", "returns.yaml", "--against", f"returns.py:{name}") for name in ("Net", "Other"))
        assert same.code == 0, same.out + same.err
        assert other.code == 1
        assert "DIFFER" in other.out
