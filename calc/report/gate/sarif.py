"""SARIF 2.1.0 for code scanning, with one result for each finding, at its line.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from calc.report.gate.findings import RULES, Finding, findings
from calc.report.gate.words import Report, command, plural

RESULTS = 5000
"""The largest number of results in one run on GitHub."""
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report) -> str:
    """Return the log with one run."""
    found = findings(report)
    used = {finding.rule for finding in found}
    rules = [
        {"id": rule, "shortDescription": {"text": text}}
        for rule, text in RULES.items()
        if rule != "not_known" or rule in used
    ]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "calc", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in found[:RESULTS]],
    }
    if found[RESULTS:]:
        run["invocations"] = [_left_out(len(found) - RESULTS, report)]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _left_out(number: int, report: Report) -> dict[str, Any]:
    text = f"{plural(number, 'finding')} more left out: {command(report)} --format json holds all"
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": "error",
        "message": {"text": finding.text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place.file)},
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
        "properties": {"specs": list(finding.specs)},
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")
