"""One trace of the engine, as a program over a network's params, sizes and batch: right wherever its guards hold."""

from calc.tape.tape import Tape
from calc.tape.trace import Variable, trace

__all__ = ["Tape", "Variable", "trace"]
