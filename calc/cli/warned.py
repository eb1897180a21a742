"""Writes warnings about what is legal but probably wrong beside the report or, with ``--strict``, raises them as
errors.
"""

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
    """Write a note to standard error if a policy is a format, but GGUF files of this name have other formats too."""
    for policy in policies if analysis.call is not None else ():
        if policy[:1].lower() in ("i", "m", "q", "t"):  # most policies are decided without reading the rules
            from calc.precision.gguf import file_types_like

            meant = file_types_like(policy)
            if meant:
                sys.stderr.write(f"{policy}: the format of all matrices; a GGUF file is --bits {' or '.join(meant)}\n")


def warn_of_other_sizes(source: str) -> None:
    """Warn that ``source``, which is counted at several sizes of its input, was imported at one size."""
    fact = f"{source[:200]}: its code ran at one size; at others the spec that it became is counted"
    warn([Problem(None, fact, "calc import says at which sizes that spec holds")], strict=False)
