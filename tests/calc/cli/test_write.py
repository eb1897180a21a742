"""``calc write``: a spec as one file."""

import json
from pathlib import Path

import pytest


def test_what_is_written_counts_the_same(calc, spec: str, tmp_path: Path) -> None:
    path = tmp_path / "alone.yaml"
    ran = calc("write", spec, "--set", "width=6", "--flat", "--output", str(path))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    text = path.read_text()
    assert text.startswith("# Small --set width=6: written out by calc write\nname: Small\n")
    assert "stem.0: {conv2d: {out_channels: 6, kernel_size: 3, bias: false}}" in text
    alone = json.loads(calc("run", str(path), "--format", "json").out)
    whole = json.loads(calc("run", spec, "--set", "width=6", "--format", "json").out)
    assert (alone["totals"], alone["layers"]) == (whole["totals"], whole["layers"])


def test_a_published_network_is_that_only_as_it_is(calc) -> None:
    assert "\nreference: torchvision/mobilenet_v2\n" in calc("write", "mobilenetv2").out
    assert "\nbudgets: {macs: 301M" in calc("write", "mobilenetv2").out
    for option, value in (("--set", "width=0.5"), ("--input", "3x96x96")):
        out = calc("write", "mobilenetv2", option, value).out
        assert ("reference:" in out, "budgets:" in out) == (option == "--input", False)


def test_it_replaces_what_it_wrote_and_nothing_else(calc, spec: str, tmp_path: Path) -> None:
    path = tmp_path / "alone.yaml"
    for _ in range(2):
        assert calc("write", spec, "--output", str(path)).code == 0
    assert "is read by this command" in calc("write", spec, "--output", spec, "--force").err
    path.write_text("name: my own")
    ran = calc("write", spec, "--output", str(path))
    assert (ran.code, path.read_text()) == (2, "name: my own")
    assert "does not look like a spec by calc write" in ran.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "wide=6"), "has no param wide"),
        (("--input", "3x0x8"), "--input '3x0x8'"),
        (("--max-layers", "1"), "the spec has more than 1 layer"),
    ],
)
def test_bad_options(calc, spec: str, options: tuple[str, str], said: str) -> None:
    ran = calc("write", spec, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
