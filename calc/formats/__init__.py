"""Storage formats: the bits that a tensor takes in memory, including scales and zero points.

A format is found by its name: ``8``, ``fp16``, ``int4g128``. Each YAML file here is a family of formats. Plain widths
and floats need no file, and the code that reads the files is imported when it is first used.
"""

from calc.formats.format import Format, Stored, Taken

TYPE_CHECKING = False  # type checkers go by the name; typing's own would cost an import
if TYPE_CHECKING:
    from calc.formats.names import (
        FormatPair,
        format_forms,
        format_named,
        format_names,
        formats,
        known_format,
        known_pair,
        nearest_format,
    )

__all__ = [
    "Format",
    "FormatPair",
    "Stored",
    "Taken",
    "format_forms",
    "format_named",
    "format_names",
    "formats",
    "known_format",
    "known_pair",
    "nearest_format",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from calc.formats import names

    return getattr(names, name)
