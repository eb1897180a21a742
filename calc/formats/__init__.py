"""Storage formats: what a tensor of so many bits takes in memory, scales and zero points included.

A format is found by its name: ``8``, ``fp16``, ``int4g128``. Each YAML file here is a family of them; plain widths and
floats are known without reading any.
"""

from calc.formats.format import Format, Stored, Taken
from calc.formats.names import FormatPair, format_forms, format_named, format_names, formats, known_format, known_pair

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
]
