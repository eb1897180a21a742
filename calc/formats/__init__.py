"""Storage formats: what a tensor of so many bits takes in memory, scales and zero points included.

A format is found by its name: ``8``, ``fp16``, ``int4g128``. Each YAML file here is a family of them; plain widths and
floats are known without reading any, and what reads them is imported when first used.
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
