"""What is legal and probably wrong, said beside the report or, with ``--strict``, instead of it."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from calc.errors import Problem, SpecError, shown

Strict = Annotated[bool, typer.Option("--strict", help="Refuse what is legal and probably wrong.")]


def warn(problems: Sequence[Problem], strict: bool) -> None:
    """Write ``problems`` to standard error. Raises SpecError with them instead if ``strict``."""
    if strict and problems:
        raise SpecError(problems)
    sys.stderr.write("".join([f"warning: {problem}\n" for problem in shown(problems)]))
