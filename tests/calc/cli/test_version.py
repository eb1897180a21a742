"""``calc --version`` names every schema that anything writes."""

import re
from pathlib import Path

from calc.cli.version import SCHEMAS, version_text
from calc.gate.lockfile import NAME, VERSION

ROOT = Path(__file__).parents[3]
OLDER = {"calc.run/1"}
"""What is read and no longer written."""


def test_every_schema_is_named() -> None:
    files = [path for package in ("calc", "verify") for path in (ROOT / package).rglob("*.py")]
    others = [path for path in files if path.name != "version.py"]
    found = {name for path in others for name in re.findall(r'"(calc\.\w+/\d+)"', path.read_text(encoding="utf-8"))}
    assert sorted((found | {f"{NAME}/{VERSION}"}) - OLDER) == list(SCHEMAS)


def test_the_version_and_the_schemas() -> None:
    first, *lines = version_text().splitlines()
    assert first.startswith("calc")
    assert re.findall(r"calc\.\w+/\d+", " ".join(lines)) == list(SCHEMAS)
    assert max(map(len, lines)) <= 80
