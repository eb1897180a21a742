"""Tapes: the arithmetic of a count as a program over params, sizes and batch, right wherever its guards hold."""

from calc.tape.tape import Tape
from calc.tape.trace import Variable, trace

__all__ = ["Tape", "Variable", "trace"]
