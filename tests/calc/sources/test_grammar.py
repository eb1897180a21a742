"""What is a source, what is a spec, and what is said of neither."""

from pathlib import Path

import pytest

from calc.errors import SpecError
from calc.sources.grammar import Source, from_folder, malformed, read_source
from tests.calc.sources.stand_in import NET


@pytest.mark.parametrize(
    ("text", "kind", "home", "name"),
    [
        ("torchvision/resnet18", "torchvision", "torchvision", "resnet18"),
        ("timm/resnet18.a1_in1k", "timm", "timm", "resnet18.a1_in1k"),
        ("pkg.models:make_net", "module", "pkg.models", "make_net"),
        ("models:Net.small", "module", "models", "Net.small"),
        ("dir/net.py:make_net", "file", "dir/net.py", "make_net"),
        ("C:\\x.py:f", "file", "C:\\x.py", "f"),
        ("exported.pt2", "pt2", "exported.pt2", ""),
        ("dir/Net.ONNX", "onnx", "dir/Net.ONNX", ""),
    ],
)
def test_a_source(text: str, kind: str, home: str, name: str) -> None:
    assert read_source(text) == (kind, text, home, name)


SPECS = [
    "mobilenetv2",
    "net.yaml",
    "-",
    "",
    "x:y:z",
    ":f",
    "f:",
    "HEAD~1:nets/net.yaml",
    "a b:c",
    "x\0.yaml",
    "x\0:f",
    "timm",
]


@pytest.mark.parametrize("text", SPECS)
def test_no_source(text: str) -> None:
    assert read_source(text) is None


def test_a_file_that_is_there_is_a_spec_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("timm").mkdir()
    for name in ("timm/resnet18", "models:net"):
        assert read_source(name) is not None
        Path(name).write_text("name: X")
        assert read_source(name) is None


def test_a_python_file_needs_the_name_of_a_callable(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET)
    for text, fact in ((f"{file}", "name a callable"), (f"{file}:1", "'1' is not the name of a callable")):
        with pytest.raises(SpecError, match=fact) as refused:
            read_source(text)
        assert "make_net" in str(refused.value).partition("hint: ")[2]


def test_what_was_meant_as_a_source_is_told_how_one_is_written() -> None:
    assert "pkg.module:make_net" in malformed("x:y:z")
    assert "torch.export.save" in malformed("weights.pth")
    assert malformed("torchvison/resnet18") == "did you mean torchvision/resnet18?"
    assert malformed("mobilenetv2") == malformed("specs/net.yaml") == ""
    with pytest.raises(SpecError, match="timm/: the name of a network is missing"):
        read_source("timm/")


def test_files_of_sources_are_found_from_the_folder_that_names_them(tmp_path: Path) -> None:
    assert from_folder("net.py:f", tmp_path) == f"{tmp_path}/net.py:f"
    assert from_folder("net.yaml", tmp_path) == f"{tmp_path}/net.yaml"
    assert from_folder("timm/net", tmp_path) == "timm/net"
    (tmp_path / "timm").mkdir()
    (tmp_path / "timm" / "net").write_text("name: X")
    assert from_folder("timm/net", tmp_path) == f"{tmp_path}/timm/net"


def test_what_a_person_opens_is_the_file_of_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pkg").mkdir()
    for name in ("__init__", "models"):
        (tmp_path / "pkg" / f"{name}.py").touch()
    opened = {
        text: Source("module", text, text.partition(":")[0], "f").opened for text in ("pkg.models:f", "pkg:f", "a:f")
    }
    assert opened == {"pkg.models:f": "pkg/models.py", "pkg:f": "pkg/__init__.py", "a:f": "a:f"}
    assert Source("file", "a/b.py:f", "a/b.py", "f").opened == "a/b.py"


def test_a_name_longer_than_a_file_can_have_is_no_file(tmp_path: Path) -> None:
    assert from_folder("a" * 100_000, tmp_path) == str(tmp_path / ("a" * 100_000))
