"""Writes a network in the language: a Graph becomes YAML text that loads as the same network."""

from calc.spec.write.document import Heading, heading_of, spec_text
from calc.spec.write.proof import first_difference, require_same
from calc.spec.write.sizes import longer_on_one_axis, noted, only_at, other_sizes

__all__ = [
    "Heading", "first_difference", "heading_of", "longer_on_one_axis", "noted", "only_at", "other_sizes",
    "require_same", "spec_text",
]  # fmt: skip
