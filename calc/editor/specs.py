"""The texts that the editor starts with: given specs and packaged ones, rewritten to be independent of their folder."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from calc.errors import OpError, Problem, SpecError
from calc.reading import read_text
from calc.sources.configs import is_config_file
from calc.sources.grammar import CONFIG, read_source
from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec
from calc.spec.given import InputSizes
from calc.spec.load import find_spec
from calc.spec.shelf import FAMILY, is_packaged, packaged

USUAL = "mobilenetv2"
MOST_BYTES = 2**20
"""The largest text that the editor accepts."""
_NAMED = re.compile(r"^(?:extends|uses):.*", re.MULTILINE)
_PATH = re.compile(r"(?:\.\./)?(families/)?(\w+)\.yaml")


class StartingText(NamedTuple):
    """A spec to edit, and its name in the list."""

    name: str
    text: str


def given_texts(specs: Sequence[str], sizes: InputSizes | None, folder: Path) -> list[StartingText]:
    """Return the texts of ``specs``: files in ``folder``, packaged specs, or sources, which are imported for ``sizes``.

    Raises SpecError with every mistake, or OpError.
    """
    found: list[StartingText] = []
    problems: list[Problem] = []
    for spec in specs:
        try:
            found.append(StartingText(spec, _text(spec, sizes, folder)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def packaged_text(name: str) -> str:
    """Return the packaged spec of that name. It refers to other packaged files by name instead of by path."""
    return _anywhere(packaged()[name].read_text("utf-8"))


def _text(spec: str, sizes: InputSizes | None, folder: Path) -> str:
    config = spec.lower().endswith(CONFIG) and is_config_file(spec)
    if config or read_source(spec) is not None:
        return imported_spec(spec, ImportOptions(sizes)).text
    if spec == "-":
        raise OpError("calc serve reads no spec from standard input", "give a file")
    file = find_spec(spec)
    if is_packaged(file):
        return _anywhere(read_text(file, MOST_BYTES))
    if not Path(file).resolve().is_relative_to(folder.resolve()):
        fact = f"{spec[:200]}: is outside {folder}, the folder that is served"
        raise SpecError([Problem(None, fact, "start calc serve in the folder of the spec")])
    return read_text(file, MOST_BYTES)


def _anywhere(text: str) -> str:
    text = re.sub(r"\A# yaml-language-server:.*\n", "", text)  # it names a path of the schema
    return _NAMED.sub(lambda line: _PATH.sub(lambda path: f"{FAMILY if path[1] else ''}{path[2]}", line[0]), text)
