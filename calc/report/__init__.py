"""Reports, which turn an analysis into text. Each output format has one file. Only reports write K, M and G."""

from importlib import import_module

from calc.analysis import Analysis
from calc.report.rows import View

_MODULES = {"table": "plain", "csv": "csv_text", "markdown": "markdown", "latex": "latex"}
FORMATS = (*_MODULES, "json")


def render(analysis: Analysis, format_name: str, view: View) -> str:
    """Return the complete report in one of FORMATS, without colour. JSON lists every layer, whatever the view.

    Raises OpError if the view is not valid.
    """
    if format_name == "json":
        from calc.report import json_text

        return json_text.render(analysis)
    text: str = import_module(f"calc.report.{_MODULES[format_name]}").render(analysis, view)
    return text
