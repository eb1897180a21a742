"""The command ``calc validate``, which reports the problems of specs."""

from typing import Annotated

import typer

from calc.analysis import analyse
from calc.claims import read_claims
from calc.cli.completion import complete_networks
from calc.cli.network import Input, Opaque
from calc.cli.output import emit
from calc.cli.warned import Strict, warn
from calc.errors import Problem, SpecError
from calc.gate.budgets import of_spec
from calc.gate.gate import held_to
from calc.report.gate.words import plural
from calc.sources import load
from calc.spec.options import input_sizes


def validate(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC",
            help="YAML files, names of packaged specs, or sources (calc import --help).",
            autocompletion=complete_networks,
        ),
    ],
    input_: Input = None,
    opaque: Opaque = False,
    strict: Strict = False,
) -> None:
    """Report every problem in specs, with its line.

    A spec whose params need values (a family, which other specs extend) is checked without shapes. Any other
    spec is expanded, and its budgets must name existing quantities. Claims are read but not judged. Exit code 2
    if anything is wrong. What is allowed but probably a mistake, such as a layer that nothing reads, is a
    warning; with --strict it is an error.

    \b
    Examples:
      calc validate net.py:make_net --input 3x224x224
      calc validate specs/*.yaml specs/families/*.yaml
    """
    sizes = input_sizes(input_)
    problems: list[Problem] = []
    doubts: list[Problem] = []
    for spec in dict.fromkeys(specs):
        try:
            model = load(spec, sizes, opaque=opaque)
            of_spec(model)
            if model.section("claims") is not None and spec != "-":
                read_claims(spec)
            if all(p.default or name in model.overrides for name, p in model.parameters.items()):
                analysis = analyse(model, input=sizes)
                doubts += analysis.warnings
                held_to(model, analysis)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError([*problems, *(doubts if strict else ())])
    warn(doubts, strict)
    emit(f"{plural(len(set(specs)), 'valid spec')}\n")
