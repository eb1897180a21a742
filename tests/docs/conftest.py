"""What writes the site, imported as mkdocs does: by the names that its modules have beside one another."""

from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "docs" / "site"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SITE))
