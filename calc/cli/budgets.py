"""The command ``calc budgets``, which checks specs against their budgets without a lock."""

from typing import Annotated

import typer

from calc.cli.completion import complete_limits, complete_networks
from calc.cli.gate_output import FORMAT_HELP, emit_gate
from calc.cli.network import Input, Opaque
from calc.cli.options import one_of
from calc.errors import OpError
from calc.gate import gate
from calc.gate.budgets import budgets_from_options
from calc.gate.variant import SpecVariant, with_options
from calc.report.gate import FORMATS
from calc.report.gate.words import Report


def budgets(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC",
            help="YAML files, names of packaged specs, or sources (calc import --help). Quote one together with its "
            'options: "net.yaml --set width=0.5".',
            autocompletion=complete_networks,
        ),
    ],
    max_: Annotated[
        list[str] | None,
        typer.Option(
            "--max",
            metavar="QUANTITY=LIMIT",
            help="A limit for every spec, in addition to those in the specs: macs=310M, weight_bytes@8=3.5Mi, "
            "layer.macs=30M. May be repeated.",
            autocompletion=complete_limits,
        ),
    ] = None,
    input_: Input = None,
    opaque: Opaque = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=FORMAT_HELP, autocompletion=lambda: list(FORMATS))
    ] = "text",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the report to FILE. The verdict is still printed.")
    ] = None,
) -> None:
    """Check networks against upper limits.

    The limits are those in the specs and those of --max. Quantities: macs, effective_macs, params, buffers,
    activation_elements; with bits weight_bytes@8, bitops.weight@adaptive (or product, uniq),
    peak_activation_bytes@8, arena@8, in_place@8. layer.macs limits every layer, layer[features.*].macs some of
    them. deployed.flash@8, deployed.arena@8 and so on limit the deployed network; in a spec they are under
    deployed:. Units: K M G T P E (powers of 1000), Ki Mi Gi … (powers of 1024).

    If a layer is opaque, known.macs limits what is counted; a limit on macs cannot be confirmed. Exit code 1 if
    a limit is exceeded or cannot be confirmed, 2 if a limit has an unknown name.

    \b
    Examples:
      calc budgets specs/*.yaml
      calc budgets net.yaml --max macs=310M --max bitops.weight@adaptive=1.1G
      calc budgets net.yaml --max deployed.flash@8=2Mi --max deployed.arena@8=512Ki
      calc budgets net.py:make_net --input 3x224x224 --max macs=310M
      calc budgets "mobilenetv2 --set width=0.35 --input 3x128x128" --max deployed.arena@8=256K
    """
    one_of("--format", format_, FORMATS)
    limits = budgets_from_options(max_ or [])
    options = SpecVariant("", inputs=tuple(input_ or ()), opaque=opaque)
    outcomes = tuple(gate.within_budgets(with_options(spec, options), limits) for spec in dict.fromkeys(specs))
    gate.check_limits(limits, outcomes)
    if not any(outcome.budgets or outcome.problems for outcome in outcomes):
        raise OpError("no budget to check", "write budgets: in a spec, or give --max macs=310M")
    emit_gate(Report(outcomes, "", ()), format_, output)
    raise typer.Exit(gate.exit_code(outcomes))
