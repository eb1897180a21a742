"""A folder of the user's with a file of code in it, and an importer that needs no PyTorch."""

from pathlib import Path

import pytest

from tests.calc.sources import stand_in


class Registered:
    """An entry point."""

    @staticmethod
    def load() -> object:
        return stand_in.importer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: empty but for net.py."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(stand_in.NET)
    return tmp_path


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources are imported by the stand-in."""
    monkeypatch.setattr("calc.sources.importers.find_spec", lambda name: object())
    monkeypatch.setattr("calc.sources.importers.registered", lambda name: [Registered] if name == "torch" else [])
