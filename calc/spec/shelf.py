"""The specs that come with the package: where they lie, and the names by which they are found."""

from pathlib import Path

from calc.errors import Nearest, nearest

SHELVES = ("", "more")
"""The folders of packaged specs, of which a name is looked up in the first that has it."""
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


def nearest_packaged(name: str) -> str | Nearest:
    """A hint with the packaged names nearest to ``name``."""
    return nearest(name, packaged())


def quantised_of(name: str) -> str | None:
    """``resnet50`` for ``quantized_resnet50``, which multiplies as often and holds as many weights; else None."""
    return name.removeprefix(_QUANTISED) if name.startswith(_QUANTISED) else None


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
