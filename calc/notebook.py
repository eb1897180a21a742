"""How a notebook shows a result. The package's front door says it on import, because the engine knows no report."""

TYPE_CHECKING = False  # as in calc/__init__, which imports this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

html: "Callable[[Any], str]"
