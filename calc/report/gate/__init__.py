"""Reports of the gate for a terminal, a pull request or a CI server. Each format has one file."""

from importlib import import_module

from calc.report.gate.words import Report

_MODULES = {"json": "json_text", "junit": "junit", "github": "github", "markdown": "markdown", "sarif": "sarif"}
FORMATS = ("text", *_MODULES)
DIFF_FORMATS = ("text", "markdown", "json")


def render(report: Report, format_name: str) -> str:
    """Return the report in one of FORMATS. Text is that for a pipe."""
    name = "text" if format_name == "text" else _MODULES[format_name]
    text: str = import_module(f"calc.report.gate.{name}").render(report)
    return text
