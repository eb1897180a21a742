"""GitHub's workflow commands, which show the worst findings as annotations on the lines of the specs.

GitHub shows ten errors and ten warnings of one step, and ignores a step summary of more than 1 MiB.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from calc.report.gate.findings import RULES, Finding, findings
from calc.report.gate.words import Report, command, name, plural, verdict

ANNOTATIONS = 10
SUMMARY_BYTES = 2**20 - 1


def render(report: Report) -> str:
    """Return one annotation in each line, then the verdict."""
    found = findings(report)
    lines = [_annotation(finding) for finding in found[:ANNOTATIONS]]
    left = len(found) - ANNOTATIONS
    if left > 0:
        lines.append(f"::notice title={command(report)}::{plural(left, 'finding')} more in the step summary")
    return "\n".join([*lines, _data(verdict(report))]) + "\n"


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties = {
        "file": name(place.file),
        "line": str(place.line),
        "col": str(place.column),
        "title": RULES[finding.rule],
    }
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    others = [*map(name, finding.specs[1:6]), *(["…"] if finding.specs[6:] else [])]
    also = f" (also in {', '.join(others)})" if others else ""
    return f"::error {listed}::{_data(finding.text + also)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
