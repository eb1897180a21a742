"""Option values without the conversion of newer versions of typer.

These build a pydantic adapter for every parameter, even for text, which takes longer than the rest of a run. The
parameters of calc are text, lists of text and flags, and ``calc.cli.options`` reads the texts.
"""

from collections.abc import Callable
from functools import partial
from typing import Any


class PlainValues:
    """A command whose parameters are text, lists of text or flags. It is mixed in before typer's class."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, including --help."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of the class mixed with
        for parameter in parameters:
            if "process_value" not in vars(parameter):
                parameter.process_value = partial(_as_given, parameter, parameter.process_value)
        return parameters


def _as_given(parameter: Any, convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    if parameter.required and not value and not ctx.resilient_parsing:
        return convert(ctx, value)  # reports the missing argument
    if value is None and getattr(parameter, "multiple", False):
        value = ()
    return value if parameter.callback is None else parameter.callback(ctx, parameter, value)
