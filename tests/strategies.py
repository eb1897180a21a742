"""Drawing of layers and whole specs for the property tests."""

from typing import Any, NamedTuple

from calc.shape import Shape


class Drawn(NamedTuple):
    """Arguments an op accepts for the shape that arrives; ``others`` are the shapes of its further inputs."""

    arguments: dict[str, Any]
    others: tuple[Shape, ...] = ()
