"""The least time that memory traffic and arithmetic take."""

from fractions import Fraction
from typing import Literal, NamedTuple

Binding = Literal["memory", "compute"]


class Times(NamedTuple):
    """The seconds that memory traffic takes and the seconds that arithmetic takes, as exact fractions."""

    memory: Fraction
    compute: Fraction

    @property
    def most(self) -> Fraction:
        """The larger of the two. If both overlap completely, the work takes at least this long."""
        return max(self)

    @property
    def binds(self) -> Binding:
        """Tells which of the two takes longer, and so limits the speed."""
        return "memory" if self.memory >= self.compute else "compute"
