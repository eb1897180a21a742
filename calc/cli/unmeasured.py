"""What ``calc allocate`` and ``calc pareto`` say beside a table for programs."""

import sys


def say_unmeasured(format_name: str, measured: bool) -> None:
    """Say on standard error that nothing was ``measured``, where the report has no first line for it: rows of CSV."""
    if format_name == "csv" and not measured:
        sys.stderr.write("nothing was measured: every layer is assumed to lose alike; --sensitivity FILE is measured\n")
