"""``calc memory`` from its arguments to its output."""

import json
from pathlib import Path

import pytest


def test_what_is_alive_when(calc, spec: str) -> None:
    ran = calc("memory", spec, "--bits", "8", "--memory", "arena")
    assert (ran.code, ran.err) == (0, "")
    assert "at the peak, stem.0: 336 bytes" in ran.out
    assert "the arena: memory upwards" in ran.out
    deployed = json.loads(calc("memory", spec, "--bits", "8", "--deployed", "--format", "json").out)
    assert deployed["deployed"]["fused"] == ["stem.1"]
    assert deployed["memory"] == {"planner": "liveness", "bytes": 3 * 8 * 8 + 4 * 6 * 6, "layer": "stem.0"}


def test_a_plot(calc, spec: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "memory.png"
    assert calc("memory", spec, "--plot", str(path)).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--memory", "inplace"),
            "--memory 'inplace': must be liveness, arena or in-place\n  hint: did you mean in",
        ),
        (("--plot", "memory.txt"), "--plot memory.txt: must end in .png, .svg or .pdf"),
        (("--format", "latex"), "--format 'latex': must be table, csv, markdown or json"),
        (("--bits", "8x"), "unknown precision '8x'"),
    ],
)
def test_bad_options(calc, spec: str, options: tuple[str, str], said: str) -> None:
    ran = calc("memory", spec, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
