"""Lists the packaged specs, claims, policies, devices, runtimes and formats, by name and in a few words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from calc.formats import formats
from calc.precision import NAMED, resolve
from calc.report.pages import Page, Section
from calc.report.table import Column, Table
from calc.serving.device import device_names, read_device
from calc.serving.runtimes import RUNTIMES
from calc.serving.sources import sources_text
from calc.spec.shelf import packaged, packaged_claims
from calc.weights.file_types import file_types

SCHEMA = "calc.list/1"
_COLUMNS = (Column("kind", "Kind", "text"), Column("name", "Name", "text"), Column("about", "About", "text"))
_WIDTHS = (
    ("8", "gives weights and activations the same width, of 1 to 64 bits"),
    ("w4a8", "gives weights the first width and activations the second"),
)
_KEY = re.compile(r"(?:name|source|  - source): *(.+)")
_HEAD_BYTES = 2000
"""The number of bytes that are read of a spec. Its name and source are at the top."""


class Listed(NamedTuple):
    """A thing that a command takes by its name. ``about`` says what it is, as far as the thing itself says so."""

    kind: str
    name: str
    about: str

    def fits(self, word: str) -> bool:
        """Return True if ``word`` occurs in it, without regard to capitals, dashes and underscores."""
        return any(_bare(word) in _bare(text) for text in self)


def found_by(word: str | None) -> list[Listed]:
    """Return everything in which ``word`` occurs, or everything if it is None."""
    return [listed for listed in _everything() if word is None or listed.fits(word)]


def listed_page(found: list[Listed]) -> Page:
    """Return ``found`` as a table."""
    rows = tuple([tuple(listed) for listed in found])
    data = {"schema": SCHEMA, "found": [listed._asdict() for listed in found]}
    return Page((), (Section("", Table(_COLUMNS, rows)),), data)


def _everything() -> Iterator[Listed]:
    yield from [Listed("spec", name, _said(path)) for name, path in packaged().items()]
    yield from [Listed("claims", name, _said(path)) for name, path in packaged_claims().items()]
    yield from [Listed("policy", *each) for each in _WIDTHS]
    yield from [Listed("policy", name, _first_sentence(type(resolve(name)).__doc__)) for name in NAMED]
    known = file_types()
    yield from [Listed("policy", name, f"file type of GGUF, as {known.name} makes it") for name in known.defaults]
    for name in device_names():
        device = read_device(name)
        yield Listed("device", name, f"{device.name}; {sources_text(device.sources)}")
    for each in RUNTIMES.values():
        of_window = (
            f"; in layers with a window, which it uses in some networks, {each.of_window}" if each.of_window else ""
        )
        yield Listed("runtime", each.name, f"{each.padding}{of_window}; {each.source}")
    yield from [Listed("format", each.name, f"{each.family}; {each.source}".strip("; ")) for each in formats()]


def _said(path: Path) -> str:
    """Return the name and the source that a spec states, or the source of claims."""
    with path.open(encoding="utf-8") as file:
        head = file.read(_HEAD_BYTES)
    said = [match[1].strip("'\"") for line in head.splitlines() if (match := _KEY.fullmatch(line))]
    return "; ".join(said)


def _first_sentence(text: str | None) -> str:
    first = " ".join((text or "").split()).replace("``", "")
    return first.partition(". ")[0].rstrip(".")


def _bare(text: str) -> str:
    return re.sub(r"[-_ ]", "", text).lower()
