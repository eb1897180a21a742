"""What is legal and probably wrong, said beside the report or, with ``--strict``, instead of it."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from calc.analysis import Analysis
from calc.errors import Problem, SpecError, shown

Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]


def warn(problems: Sequence[Problem], strict: bool) -> None:
    """Write ``problems`` to standard error. Raises SpecError with them instead if ``strict``."""
    if strict and problems:
        raise SpecError(problems)
    sys.stderr.write("".join([f"warning: {problem}\n" for problem in shown(problems)]))


def say_file_types(analysis: Analysis, policies: Sequence[str]) -> None:
    """Write to standard error where a policy is a format, and a GGUF file of that name has others beside it."""
    for policy in policies if analysis.call is not None else ():
        if policy[:1].lower() in ("i", "m", "q", "t"):  # of most the rules need not be read
            from calc.precision.gguf import file_types_like

            meant = file_types_like(policy)
            if meant:
                sys.stderr.write(f"{policy}: the format of all matrices; a GGUF file is --bits {' or '.join(meant)}\n")


def warn_of_other_sizes(source: str) -> None:
    """Say of ``source``, which is counted at several sizes of its input, that it was imported at one."""
    fact = f"{source[:200]}: its code ran at one size; at others the spec that it became is counted"
    warn([Problem(None, fact, "calc import says at which sizes that spec holds")], strict=False)
