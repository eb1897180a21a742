"""Counts what a neural network costs: parameters, MACs, bytes and BitOps, as exact integers.

    from calc import analyse, load
    analyse(load("mobilenetv2"), bits="adaptive").totals

load(source)              load a spec, or a network of PyTorch, timm, ONNX or Hugging Face
analyse(model, bits=8)    count it: .totals, .layers, .memory, .to_dicts(), .to_dataframe(), .to_json_dict()
compare(*networks)        count several networks at several precisions
explain(model, "301M")    find out how a published number was counted
audit("claims.yaml")      recompute published numbers, with a verdict for each
check("calc.lock.json")   compare networks with a lock file
diff(before, after)       compare two networks layer by layer
sweep(model, "width=…")   count every network of a grid
allocate(network, "…")    choose the best bits for each layer within budgets
import_model(source)      convert a network into the text of a spec, with a proof
evaluate_many(analysis)   compute the totals of millions of choices of bits at once

analyse returns an Analysis. Bad input raises SpecError or OpError, whose text says what is wrong and how to correct
it. The help of each function has an example: help(calc.compare). Names are imported when they are first used.
"""

from importlib import import_module

from calc import notebook

TYPE_CHECKING = False  # type checkers treat this name as True; importing it from typing would take time
if TYPE_CHECKING:  # "X as X" tells a type checker that X is public here
    from calc.allocation.allocate import Infeasible as Infeasible
    from calc.analysis import Analysis as Analysis
    from calc.analysis import analyse as analyse
    from calc.api.allocate import allocate as allocate
    from calc.api.check import check as check
    from calc.api.compare import compare as compare
    from calc.api.explain import explain as explain
    from calc.api.import_model import import_model as import_model
    from calc.api.sweep import sweep as sweep
    from calc.claims.audit import audit as audit
    from calc.errors import OpError as OpError
    from calc.errors import SpecError as SpecError
    from calc.gate.diff import diff as diff
    from calc.sources import load as load
    from calc.sweeps.many import evaluate_many as evaluate_many

_HOMES = {
    "Analysis": "calc.analysis",
    "Infeasible": "calc.allocation.allocate",
    "OpError": "calc.errors",
    "SpecError": "calc.errors",
    "allocate": "calc.api.allocate",
    "analyse": "calc.analysis",
    "audit": "calc.claims.audit",
    "check": "calc.api.check",
    "compare": "calc.api.compare",
    "diff": "calc.gate.diff",
    "evaluate_many": "calc.sweeps.many",
    "explain": "calc.api.explain",
    "import_model": "calc.api.import_model",
    "load": "calc.sources",
    "sweep": "calc.api.sweep",
}
"""Each public name and the module that defines it."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _html(analysis: "Analysis") -> str:
    from calc.report.html import render

    return render(analysis)


notebook.html = _html


def __dir__() -> list[str]:
    return sorted([*[name for name in globals() if name.startswith("__")], *_HOMES])
