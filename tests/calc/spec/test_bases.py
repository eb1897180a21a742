"""How the file that a spec extends is called on every machine."""

from pathlib import Path

from calc.spec.bases import Base
from calc.spec.shelf import packaged_specs


def test_a_file_is_called_as_seen_from_a_folder(tmp_path: Path) -> None:
    base = Base("extends", "net", str(tmp_path / "specs" / "net.yaml"))
    assert base.portable(tmp_path) == "specs/net.yaml"
    assert base.portable(tmp_path / "other") == "../specs/net.yaml"
    assert not base.is_packaged
    assert base.to_json_dict() == {"key": "extends", "name": "net", "file": base.file, "packaged": False}


def test_a_packaged_file_is_called_so() -> None:
    base = Base("uses", "vit", str(packaged_specs() / "families" / "vit.yaml"))
    assert base.portable(Path("anywhere")) == "<packaged>/families/vit.yaml"
    assert base.is_packaged
    assert base.to_json_dict() == {
        "key": "uses",
        "name": "vit",
        "file": "<packaged>/families/vit.yaml",
        "packaged": True,
    }
