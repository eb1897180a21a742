"""Texts to begin with: packaged specs stand anywhere, given ones lie in the folder."""

from pathlib import Path

import pytest

from calc.editor.specs import USUAL, given_texts, packaged_text
from calc.errors import SpecError
from calc.spec import ModelSpec, load
from calc.spec.load import loads
from calc.spec.shelf import packaged

SMALL = "name: n\ninput: [4]\nlayers:\n  - linear: {out_features: 2}\n"


def made_of(model: ModelSpec) -> tuple[object, ...]:
    """The files behind its own, and what that says."""
    used = [block.home.file for block in model.blocks.values() if block.home is not None]
    files = [Path(file).resolve() for file in [*[each.file for each in model.lineage[1:]], *used]]
    return files, model.name, model.inputs.keys(), model.overrides.keys()


@pytest.mark.parametrize("share", ["one of each family", pytest.param("all", marks=pytest.mark.zoo)])
def test_every_packaged_spec_is_the_same_network_anywhere(share: str, tmp_path: Path) -> None:
    moved: dict[str, list[str]] = {}
    for name in packaged():
        named = "\n".join([line for line in packaged_text(name).splitlines() if line.startswith(("extends:", "uses:"))])
        assert ".yaml" not in named
        if named:
            moved.setdefault(named, []).append(name)
    assert len(moved) > 30
    for names in moved.values():
        for name in names if share == "all" else names[:1]:
            assert made_of(loads(packaged_text(name), str(tmp_path / "net.yaml"))) == made_of(load(name))
    assert USUAL in packaged()


def test_given_files_lie_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "net.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "out.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "out.yaml")
    monkeypatch.chdir(tmp_path / "in")
    found = given_texts(["net.yaml", "net", "resnet18"], None, Path.cwd())
    assert [each.text for each in found[:2]] == [SMALL, SMALL]
    assert "extends: family:resnet" in found[2].text
    with pytest.raises(SpecError) as refused:
        given_texts(["../out.yaml", "link.yaml", "absent.yaml"], None, Path.cwd())
    facts = [problem.fact for problem in refused.value.problems]
    assert "../out.yaml: is outside" in facts[0]
    assert "link.yaml: is outside" in facts[1]
    assert "absent.yaml" in facts[2]
