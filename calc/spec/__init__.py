"""The spec language: text to a checked ModelSpec, and a ModelSpec to a Graph."""

from calc.spec.expand import expand
from calc.spec.load import dumps, load, loads
from calc.spec.model import ModelSpec

__all__ = ["ModelSpec", "dumps", "expand", "load", "loads"]
