"""``verify``, ``evaluate``, ``sensitivity`` and ``train`` in terminals of several widths: what they print fits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.spec.load import loads
from tests.terminal import WIDTHS, faults, pretend
from tests.verify.cli.test_commands import calc
from tests.verify.small import SPEC, save_images, save_weights
from verify.cli import summary
from verify.published import Published
from verify.reference import Identity
from verify.verification import verify

pytestmark = pytest.mark.torch

LONG = "fc_" * 42
"""A name of 126 characters."""
HOSTILE = SPEC.replace("name: small", f"name: {'畳み込み' * 30}").replace("  fc:", f"  {LONG}:")
COMMANDS = (
    "verify SPEC --bits 4",
    "verify SPEC --bits adaptive --all-layers",
    "evaluate SPEC --weights WEIGHTS --data images --bits fp32 8 w8a8",
    "sensitivity SPEC --weights WEIGHTS --bits 2..8",
    "train SPEC --data images --bits 4 --epochs 1",
)


@pytest.mark.parametrize("name", ["small", "漢字" * 20], ids=["plain", "hostile"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = SPEC if name == "small" else HOSTILE
    Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    save_images(tmp_path / "images", per_class=2)
    save_weights(tmp_path / f"{name}.pt", analyse(loads(text)).graph)
    words = {"SPEC": f"{name}.yaml", "WEIGHTS": f"{name}.pt"}
    arguments = [words.get(word, word) for word in command.split()]
    pretend(monkeypatch, None)
    code, piped, messages = calc(monkeypatch, capsys, *arguments)
    assert code == 0, messages
    if "train" in command:
        arguments.append("--resume")  # which shows the run that is there
    for width in WIDTHS:
        pretend(monkeypatch, width)
        code, shown, _ = calc(monkeypatch, capsys, *arguments)
        assert code == 0
        assert shown
        assert faults(shown, width, None if "evaluate" in command else piped) == []


def test_what_differs_is_said_in_whole_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from calc.ops.conv import Conv2d

    true: Callable[..., tuple] = Conv2d.macs  # type: ignore[type-arg]  # of products
    monkeypatch.setattr(Conv2d, "macs", lambda *args: tuple(p._replace(macs=2 * p.macs) for p in true(*args)))
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(HOSTILE, encoding="utf-8")
    for width in WIDTHS:
        pretend(monkeypatch, width)
        code, shown, _ = calc(monkeypatch, capsys, "verify", "small.yaml")
        assert code == 1
        assert faults(shown, width) == []
        assert shown.split()[:7] == ["DIFFERS", "from", "what", "was", "measured,", "first", "at"]


def test_all_specs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = verify(analyse(loads(SPEC)), device="meta")
    figure = Published("IMAGENET1K_V1", (3, 224, 224), 0.35, 349_151_936, 1_235_497, 1_235_496)
    identity = Identity("torchvision/net", (), 1e-3, 1.0)
    outcomes = {
        "net": summary.SpecOutcome("net", 1.2, "", found.analysis, found),
        "a_network_whose_name_is_long": summary.SpecOutcome("", 3.0, "", found.analysis, found),
        "differs": summary.SpecOutcome("", 123.4, "", found.analysis, _with(found, identity, figure)),
        "bad": summary.SpecOutcome("", 0.1, "bad.yaml:1:1: " + "a message of many words " * 20),
    }
    named = {spec: outcome._replace(spec=spec) for spec, outcome in outcomes.items()}
    monkeypatch.setattr(summary, "_verify", lambda spec, *_: named[spec])
    for width in WIDTHS:
        pretend(monkeypatch, width)
        assert not summary.verify_all(list(named), "8")
        shown = capsys.readouterr().out
        assert faults(shown, width) == []
        assert all(spec in shown for spec in named)
        assert "ERROR" in shown


def _with(found, identity, figure):  # type: ignore[no-untyped-def]  # a Verification
    from dataclasses import replace

    return replace(found, identity=identity, figures=(figure,))
