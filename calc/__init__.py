"""What a neural network costs: parameters, MACs and BitOps, by arithmetic from a YAML spec.

``from calc import load, analyse``. Names are imported when first used, so that importing the package
costs nothing.
"""

from importlib import import_module

from calc import notebook

TYPE_CHECKING = False  # type checkers go by the name; typing's own would cost an import
if TYPE_CHECKING:
    from calc.analysis import Analysis, Totals, analyse
    from calc.errors import OpError, SpecError
    from calc.layers import Layer
    from calc.model.graph import Bits, Graph
    from calc.sources import load
    from calc.spec import ModelSpec
    from calc.spec.expand import expand
    from calc.sweep.many import evaluate_many

__all__ = [
    "Analysis",
    "Bits",
    "Graph",
    "Layer",
    "ModelSpec",
    "OpError",
    "SpecError",
    "Totals",
    "analyse",
    "evaluate_many",
    "expand",
    "load",
]

_HOMES = {
    "Analysis": "calc.analysis",
    "Bits": "calc.model.graph",
    "Graph": "calc.model.graph",
    "Layer": "calc.layers",
    "ModelSpec": "calc.spec",
    "OpError": "calc.errors",
    "SpecError": "calc.errors",
    "Totals": "calc.analysis",
    "analyse": "calc.analysis",
    "evaluate_many": "calc.sweep.many",
    "expand": "calc.spec.expand",
    "load": "calc.sources",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _html(analysis: "Analysis") -> str:
    from calc.report.html import render

    return render(analysis)


notebook.html = _html


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
