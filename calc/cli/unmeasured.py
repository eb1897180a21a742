"""The message of ``calc allocate`` and ``calc pareto`` if no sensitivities were measured."""

import sys


def say_unmeasured(format_name: str, measured: bool) -> None:
    """Write to standard error that nothing was ``measured``, if the format is CSV, which has no line above its rows."""
    if format_name == "csv" and not measured:
        sys.stderr.write("nothing was measured: every layer is assumed to lose alike; --sensitivity FILE is measured\n")
