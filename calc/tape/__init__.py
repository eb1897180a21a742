"""Tapes: records of the arithmetic of a count, as programs over params, sizes and batch.

A tape is valid wherever its guards hold. Its outputs can be computed for many values at once, or printed as formulas.
"""

from calc.tape.tape import Tape
from calc.tape.trace import Variable, trace

__all__ = ["Tape", "Variable", "trace"]
