"""Finding what a published number means: which convention, which part, at which bits, with which slip."""

from calc.explain.printed import Printed, read
from calc.explain.search import Explanation, Match, explain

__all__ = ["Explanation", "Match", "Printed", "explain", "read"]
