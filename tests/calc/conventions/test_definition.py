"""Conventions as YAML: what a file must hold, and what is refused."""

from pathlib import Path

import pytest

from calc.conventions.definition import Functions, read_convention, read_functions
from calc.errors import SpecError

HEAD = "name: mine\ntitle: Mine\nunit: MACs\nsource: here\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    found = read_convention(_write(tmp_path, HEAD + 'counts:\n  - {macs: 1}\n  - {of: "*_norm", inputs: "1/2"}\n'))
    assert found.name == "mine"
    assert (found.terms[0].of, found.terms[0].counts) == (None, {"macs": 1})  # of every op, other distributions' too
    assert "batch_norm" in found.terms[1].of
    assert found.terms[1].counts["inputs"].denominator == 2


@pytest.mark.parametrize(
    "counts, fact",
    [
        ("counts: {macs: 1}", "counts must be a list"),
        ("counts: [{of: batchnorm, inputs: 1}]", "of: batchnorm is not an op"),
        ("counts: [{inputz: 1}]", "unknown count inputz"),
        ("counts: [{inputs: 1.5}]", "neither an integer"),
        ("counts: [{inputs: 1, called: maybe}]", "neither module nor function"),
        ("counts: [macs]", "a term is a mapping"),
        ("counts: [{macs: 1}]\nfaults: [{macs: -1}]", "needs because"),
        ("counts: [{macs: 1}]\nsauce: x", "unknown key sauce"),
        ("counts: [{of: prelu, where: [1], inputs: 1}]", "where takes fields and their values, this is a list"),
        ("counts: [{of: conv?d, where: {group: 1}, macs: 1}]", "unknown key group in where"),
        ("counts: [{of: conv?d, where: {stride: [1, 1]}, macs: 1}]", "stride takes one value, this is a list"),
        ("counts: [{of: conv?d, unless: {group: 1}, macs: 1}]", "unknown key group in unless"),
        ("counts: [{of: upsample, axes: two, outputs: 1}]", "axes: two is not a number of axes from 0 to 99"),
        ("counts: [{macs: 1, as: [a]}]", "as takes one value, this is a list"),
        ("counts: [{macs: 1, because: {a: b}}]", "because takes one value, this is a mapping"),
        ("counts: [{macs: [1]}]", "macs takes one value, this is a list"),
        ("counts: [{of: {a: b}, macs: 1}]", "of takes one value, this is a mapping"),
        ("counts: [{macs: 1}]\nnote: [a]", "note takes one value, this is a list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, counts: str, fact: str) -> None:
    with pytest.raises(SpecError) as error:
        read_convention(_write(tmp_path, HEAD + counts))
    assert fact in str(error.value)
    assert "mine.yaml:" in str(error.value)


@pytest.mark.parametrize("missing", ["name", "title", "unit", "source"])
def test_every_head_key_is_needed(tmp_path: Path, missing: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(missing))
    with pytest.raises(SpecError, match=f"needs {missing}"):
        read_convention(_write(tmp_path, head + "counts: [{macs: 1}]"))


def test_functions_that_are_no_lists_are_said_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        read_functions(_write(tmp_path, "torchvision/a: relu\ntorchvision/b: [[relu]]\n"))
    assert "mine.yaml:1:16: torchvision/a takes a list of layers, this is 'relu'" in str(error.value)
    assert "mine.yaml:2:17: a layer takes one value, this is a list" in str(error.value)


def test_functions_are_those_of_every_matching_reference() -> None:
    functions = Functions((("torchvision/densenet*", ("relu",)), ("torchvision/*", ("pool",))))
    assert functions.of("torchvision/densenet121") == ("relu", "pool")
    assert functions.of("torchvision/resnet18") == ("pool",)
    assert functions.of(None) == ()
