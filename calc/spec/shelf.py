"""Finds the packaged specs, and resolves a name without an ending to a file or a packaged spec."""

import os
from pathlib import Path

from calc.errors import Nearest, nearest

SHELVES = ("", "more", "language")
"""The folders of packaged specs. A name is looked up in each, in this order."""
SUFFIXES = (".yaml", ".yml")
FAMILY = "family:"
"""The prefix of a packaged family's name. A file of the same name is ignored then."""
_QUANTISED = "quantized_"
"""The prefix of torchvision's names for quantised variants."""


def packaged_specs() -> Path:
    """Return the folder of the specs that come with the package."""
    package = Path(__file__).parents[1]
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def packaged() -> dict[str, Path]:
    """Return every packaged spec by name, in alphabetical order."""
    folder = packaged_specs()
    found = {path.stem: path for shelf in reversed(SHELVES) for path in (folder / shelf).glob("*.yaml")}
    return dict(sorted(found.items()))


def family(name: str) -> Path | None:
    """Return the packaged family of that name, a spec that others extend with their own params, or None."""
    return families().get(name)


def families() -> dict[str, Path]:
    """Return every packaged family by name."""
    return {path.stem: path for path in sorted((packaged_specs() / "families").glob("*.yaml"))}


def packaged_spec(name: str) -> Path | None:
    """Return the packaged spec that ``name`` means, or None.

    Dashes, underscores and capitals do not matter, unless they tell two networks apart (regnet_x_16gf and
    regnet_x_1_6gf). A quantised variant of torchvision means the spec of its float network.
    """
    known = packaged()
    wanted = quantised_of(name) or name
    for stem in (name, wanted, wanted.replace("-", "_").lower()):
        if stem in known:
            return known[stem]
    alike = [path for stem, path in known.items() if _bare(stem) == _bare(wanted)]
    return alike[0] if len(alike) == 1 else None


def shown_as(file: str) -> str:
    """Return the name of the spec in ``file`` for reports. A packaged spec has the same name on every machine.

    Any other keeps the path that was given.
    """
    folder, path = packaged_specs(), Path(file)
    return path.stem if path.parent in [folder / shelf for shelf in SHELVES] else file


def packaged_claims() -> dict[str, Path]:
    """Return every packaged file of claims by name, in alphabetical order."""
    return {path.stem: path for path in sorted((packaged_specs() / "claims").glob("*.yaml"))}


def is_packaged(file: str) -> bool:
    """True if the file is in the folder of the packaged specs."""
    return not file.startswith("<") and Path(file).resolve().is_relative_to(packaged_specs().resolve())


def is_name(text: str) -> bool:
    """True if ``text`` is a name, which may be that of a packaged spec, and not a path."""
    return bool(text) and not text.endswith(SUFFIXES) and "/" not in text and text not in (".", "..")


def file_named(name: str, folder: Path) -> str | None:
    """Return the file in ``folder`` that ``name`` means, with or without an ending.

    It takes precedence over a packaged spec.
    """
    return next((name + ending for ending in ("", *SUFFIXES) if _is_there(folder / (name + ending))), None)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path) and not os.path.isdir(path)


def nearest_packaged(name: str) -> str | Nearest:
    """Return a hint with the packaged names nearest to ``name``."""
    return nearest(name, packaged())


def quantised_of(name: str) -> str | None:
    """Return ``resnet50`` for ``quantized_resnet50``, which has the same MACs and weights; otherwise None."""
    return name.removeprefix(_QUANTISED) if name.startswith(_QUANTISED) else None


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
