"""JUnit XML with one test case for each spec. A change is a failure, and a spec that cannot be read is an error."""

from xml.sax.saxutils import escape, quoteattr

from calc.gate.gate import Outcome
from calc.report.gate.text import one_line, section
from calc.report.gate.words import Report, command, fault, name


def render(report: Report) -> str:
    """Return one suite. The texts have already escaped control characters, which XML cannot hold."""
    outcomes = report.outcomes
    errors = sum(outcome.status == "unreadable" for outcome in outcomes)
    failures = sum(not outcome.passes for outcome in outcomes) - errors
    counts = f'tests="{len(outcomes)}" failures="{failures}" errors="{errors}" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="{command(report)}" {counts}>',
        f'  <testsuite name="{command(report)}" {counts}>',
        *[_case(report, outcome) for outcome in outcomes],
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(report: Report, outcome: Outcome) -> str:
    group, spec = command(report).replace(" ", "."), quoteattr(name(outcome.spec))
    file = quoteattr(name(report.file(outcome.file)))
    head = f'    <testcase classname="{group}" name={spec} file={file} time="0"'
    if outcome.passes:
        return f"{head}/>"
    tag = "error" if outcome.status == "unreadable" else "failure"
    message = f"<{tag} type={quoteattr(fault(outcome))} message={quoteattr(one_line(outcome))}>"
    return f"{head}>\n      {message}{escape(section(outcome))}</{tag}>\n    </testcase>"
