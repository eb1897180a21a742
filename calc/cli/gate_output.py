"""Writes the reports of the gate to standard output, to a file, and to the summary of a step on GitHub."""

import os
from pathlib import Path

from calc import writing
from calc.cli.output import emit
from calc.cli.streams import terminal_width
from calc.errors import OpError
from calc.report.gate import FORMATS, render
from calc.report.gate.checkout import Checkout
from calc.report.gate.words import Report, command, verdict

FORMAT_HELP = f"{', '.join(FORMATS)}. github prints annotations and writes the step's summary."


def emit_gate(
    report: Report, format_name: str, output: str | None, *, all_layers: bool = False, hint: bool = True
) -> None:
    """Write the report. Raises OpError if it cannot be written."""
    report = report._replace(checkout=_checkout())
    if format_name == "text":
        from calc.report.gate import text

        rendered = text.render(report, text.Layout(all_layers, terminal_width(output), hint))
    else:
        rendered = render(report, format_name)
    if output is None:
        emit(rendered)
    else:
        emit(rendered, Path(output))
        emit(verdict(report) + "\n")
    if format_name == "github" and os.environ.get("GITHUB_STEP_SUMMARY"):
        _summary(report, Path(os.environ["GITHUB_STEP_SUMMARY"]))


def _checkout() -> Checkout | None:
    """Return the repository that contains this folder: by its ``.git``, or else by the name that GitHub gives."""
    here = Path.cwd()
    tops = [str(folder) for folder in (here, *here.parents) if (folder / ".git").exists()]
    top = tops[0] if tops else os.environ.get("GITHUB_WORKSPACE")
    return Checkout(top, str(here)) if top else None


def _summary(report: Report, path: Path) -> None:
    """Append the report to the step's summary, which GitHub ignores if it grows too large."""
    from calc.report.gate import github, markdown

    try:
        room = github.SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
        if room < markdown.COMMENT_BYTES:
            emit(f"::notice title={command(report)}::the step's summary is full, nothing was added to it\n")
            return
        writing.append(path, markdown.render(report, room).encode())
    except OSError as error:
        raise OpError(f"{path}: the step's summary cannot be written: {error.strerror}") from None
