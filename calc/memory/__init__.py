"""The memory of activations: lifetimes of tensors, their bytes, and planners that add them up."""

from collections.abc import Callable, Sequence

from calc.errors import OpError, nearest
from calc.memory.lifetimes import Lifetimes, lifetimes_of
from calc.memory.liveness import peak_bytes
from calc.memory.liveness import plan as sum_alive
from calc.memory.plan import Plan
from calc.memory.widths import INTEGER_BITS, UNQUANTISED_BITS, allocated_bytes, storage_bits, storage_bytes

__all__ = [
    "INTEGER_BITS",
    "PLANNERS",
    "UNQUANTISED_BITS",
    "Lifetimes",
    "Plan",
    "Planner",
    "allocated_bytes",
    "known_planner",
    "lifetimes_of",
    "peak_bytes",
    "planner",
    "storage_bits",
    "storage_bytes",
]

Planner = Callable[[Lifetimes, Sequence[int]], Plan]
"""A function from lifetimes, and the bytes of the tensor that each node allocates, to a plan."""
PLANNERS = {
    "liveness": "the largest sum of tensors alive at once",
    "arena": "one block with a place for each tensor, as TensorFlow Lite for Microcontrollers lays it out",
    "in-place": "liveness where layers write over what nothing reads any more",
}
"""The planners by name, with the memory that each computes."""


def known_planner(name: str) -> str:
    """Return ``name`` if it is the name of a planner. Raises OpError that suggests the nearest name."""
    if name not in PLANNERS:
        raise OpError(f"unknown memory planner {name[:40]!r}", nearest(name, PLANNERS))
    return name


def planner(name: str) -> Planner:
    """Return the planner called ``name``. Raises OpError if there is none."""
    if known_planner(name) == "liveness":
        return sum_alive
    from calc.memory import arena, in_place  # only a run with one of them needs it

    return {"arena": arena.plan, "in-place": in_place.plan}[name]
