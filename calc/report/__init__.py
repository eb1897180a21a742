"""Reports: an analysis as text. One output format a file; the only place where K, M and G appear."""

from importlib import import_module

from calc.analysis import Analysis
from calc.report.rows import View

_MODULES = {"table": "plain", "csv": "csv_text", "markdown": "markdown", "latex": "latex"}
FORMATS = (*_MODULES, "json")


def render(analysis: Analysis, format_name: str, view: View) -> str:
    """The report in one of FORMATS, complete and without colour. JSON lists every layer, whatever the view.

    Raises OpError for a view that cannot be.
    """
    if format_name == "json":
        from calc.report import json_text

        return json_text.render(analysis)
    text: str = import_module(f"calc.report.{_MODULES[format_name]}").render(analysis, view)
    return text
