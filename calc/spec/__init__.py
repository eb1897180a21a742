"""The spec language: it turns text into a checked ModelSpec, and a ModelSpec into a Graph."""

from calc.spec.expand import expand
from calc.spec.load import dumps, load, loads
from calc.spec.model import ModelSpec

__all__ = ["ModelSpec", "dumps", "expand", "load", "loads"]
