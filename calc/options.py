"""Checks the options of ``analyse``, which a call from Python may give in any type."""

from typing import Any

from calc.bitops import CONVENTIONS
from calc.errors import OpError, nearest
from calc.memory import known_planner


def check_options(batch: Any, activations: Any, bitops: Any, count_as: Any, memory: Any) -> None:
    """Raise OpError for the first option that is not valid."""
    if type(batch) is not int or batch < 1:
        raise OpError(f"batch={batch!r:.60}: must be a positive integer")
    if not isinstance(bitops, str) or bitops not in CONVENTIONS:
        raise OpError(f"unknown BitOps convention {bitops!r:.60}", nearest(str(bitops), CONVENTIONS))
    if type(activations) not in (str, int):
        raise OpError(f"activations={activations!r:.60}: must be same, producer or a number of bits")
    if not isinstance(memory, str):
        raise OpError(f"memory={memory!r:.60}: must be the name of a planner", "such as arena")
    known_planner(memory)
    if count_as is not None:
        from calc.conventions import convention  # reads YAML, which a run without a convention does not need

        if not isinstance(count_as, str):
            raise OpError(f"count_as={count_as!r:.60}: must be the name of a convention", "such as fvcore")
        convention(count_as)
