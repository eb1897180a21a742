"""The command ``calc audit``, which recomputes published numbers."""

from typing import Annotated

import typer

from calc.cli.completion import complete_claims
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS


def audit(
    file: Annotated[
        str,
        typer.Argument(
            help="A file of claims, a spec with claims, or the name of packaged claims (calc list).",
            autocompletion=complete_claims,
        ),
    ],
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Recompute published numbers, with a verdict for each.

    The verdicts are: exact; rounded as printed; explained by another convention or a known mistake, which is
    named; not reproducible, with the true number and the factor between the two. Exit code 1 if a claim with
    expect: exact fails.

    \b
    Examples:
      calc audit seed_report
      calc audit published --format markdown
      calc audit my_claims.yaml
    """
    from calc.claims import audit as judged
    from calc.report.audit import page

    one_of("--format", format_, FORMATS)
    verdicts = judged(file)
    emit_page(page(file, verdicts), format_, output)
    raise typer.Exit(1 if any(verdict.fails for verdict in verdicts) else 0)
