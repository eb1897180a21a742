"""The specs that come with the package, and what a name without an ending means: a file, or else one of them."""

import os
from pathlib import Path

from calc.errors import Nearest, nearest

SHELVES = ("", "more", "language")
"""The folders of packaged specs, of which a name is looked up in the first that has it."""
SUFFIXES = (".yaml", ".yml")
FAMILY = "family:"
"""Before the name of a packaged family, which no file captures then."""
_QUANTISED = "quantized_"
"""How torchvision's names of quantised variants begin."""


def packaged_specs() -> Path:
    """The folder of the specs that come with the package."""
    package = Path(__file__).parents[1]
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def packaged() -> dict[str, Path]:
    """Every packaged spec by its name, in alphabetical order."""
    folder = packaged_specs()
    found = {path.stem: path for shelf in reversed(SHELVES) for path in (folder / shelf).glob("*.yaml")}
    return dict(sorted(found.items()))


def family(name: str) -> Path | None:
    """The packaged family of that name, a spec that others extend with its params, if there is one."""
    return families().get(name)


def families() -> dict[str, Path]:
    """Every packaged family by its name."""
    return {path.stem: path for path in sorted((packaged_specs() / "families").glob("*.yaml"))}


def packaged_spec(name: str) -> Path | None:
    """The packaged spec that ``name`` means, if any.

    Dashes and underscores do not matter, nor do capitals, unless they tell two networks apart (regnet_x_16gf and
    regnet_x_1_6gf), and torchvision's quantised variants are the specs of their networks.
    """
    known = packaged()
    wanted = quantised_of(name) or name
    for stem in (name, wanted, wanted.replace("-", "_").lower()):
        if stem in known:
            return known[stem]
    alike = [path for stem, path in known.items() if _bare(stem) == _bare(wanted)]
    return alike[0] if len(alike) == 1 else None


def shown_as(file: str) -> str:
    """What reports call the spec in ``file``: a packaged one by its name, which is the same on every machine.

    Any other is called as it was given.
    """
    folder, path = packaged_specs(), Path(file)
    return path.stem if path.parent in [folder / shelf for shelf in SHELVES] else file


def packaged_claims() -> dict[str, Path]:
    """Every packaged file of claims by its name, in alphabetical order."""
    return {path.stem: path for path in sorted((packaged_specs() / "claims").glob("*.yaml"))}


def is_packaged(file: str) -> bool:
    """Whether the file lies among the packaged specs."""
    return not file.startswith("<") and Path(file).resolve().is_relative_to(packaged_specs().resolve())


def is_name(text: str) -> bool:
    """Whether ``text`` is a name, which may be a packaged spec's, rather than the path of a file."""
    return bool(text) and not text.endswith(SUFFIXES) and "/" not in text and text not in (".", "..")


def file_named(name: str, folder: Path) -> str | None:
    """The file in ``folder`` that ``name`` means, with or without an ending; it goes before a packaged spec."""
    return next((name + ending for ending in ("", *SUFFIXES) if _is_there(folder / (name + ending))), None)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path) and not os.path.isdir(path)


def nearest_packaged(name: str) -> str | Nearest:
    """A hint with the packaged names nearest to ``name``."""
    return nearest(name, packaged())


def quantised_of(name: str) -> str | None:
    """``resnet50`` for ``quantized_resnet50``, which multiplies as often and holds as many weights; else None."""
    return name.removeprefix(_QUANTISED) if name.startswith(_QUANTISED) else None


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
