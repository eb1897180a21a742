"""What numbers are tried against, made once for all tests."""

from functools import cache

from calc.analysis import analyse
from calc.claims import Given, Known, Tried
from calc.precision import resolve
from calc.spec import load


@cache
def tried(spec: str, bits: str = "") -> Tried:
    """The readings of a packaged network with its params as they are, at ``bits`` if there are any."""
    model = load(spec)
    return Tried(
        model, Given(dict.fromkeys(model.parameters)), analyse(model), known=Known((resolve(bits),) if bits else ())
    )


@cache
def tried_widely(spec: str = "mobilenetv2") -> Tried:
    """With other params too, which takes seconds."""
    model = load(spec)
    return Tried(model, Given({}), analyse(model))
