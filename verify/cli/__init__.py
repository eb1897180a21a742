"""Commands that need torch. They import it when they run, so that listing the commands stays quick."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from calc.errors import OpError


def require_torch(command: str) -> None:
    """Raise OpError naming the extra to install where torch is missing. To be called before torch is imported."""
    if find_spec("torch") is None:
        raise OpError(f"calc {command} runs the network in PyTorch, which is not installed", HINT)
    # OpenMP's threads otherwise wait by spinning, which on cores that others use too is 7 times slower; read at import
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


HINT = "pip install 'macbits[verify]'"


@contextmanager
def as_bad_input() -> Iterator[None]:
    """Within it, what cannot be built, measured or quantised ends as a message and exit code 2."""
    from verify.errors import VerifyError
    from verify.measure import MeasureError
    from verify.quantise import QuantiseError

    try:
        yield
    except (VerifyError, QuantiseError) as error:
        raise OpError(error.fact, error.hint) from None
    except MeasureError as error:
        raise OpError(str(error)) from None
