"""The function that shows a result in a notebook. ``calc/__init__`` sets it, because the engine imports no report."""

TYPE_CHECKING = False  # not imported from typing, because calc/__init__ imports this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

html: "Callable[[Any], str]"
