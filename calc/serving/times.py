"""How long memory and products take at least."""

from fractions import Fraction
from typing import Literal, NamedTuple

Binding = Literal["memory", "compute"]


class Times(NamedTuple):
    """Seconds, exact: those of memory and those of products."""

    memory: Fraction
    compute: Fraction

    @property
    def most(self) -> Fraction:
        """The larger: what takes both at once takes that long at least."""
        return max(self)

    @property
    def binds(self) -> Binding:
        """Which is the larger."""
        return "memory" if self.memory >= self.compute else "compute"
