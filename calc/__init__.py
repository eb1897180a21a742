"""What a neural network costs: parameters, MACs, bytes and BitOps, exact, from a spec or from where the network is.

    from calc import analyse, load
    analyse(load("mobilenetv2"), bits="adaptive").totals

load(source)              a network: a spec's file or name, timm/resnet18, net.py:make_net, net.onnx, config.json
analyse(model, bits=8)    what it costs: .totals, .layers, .memory, .to_dicts(), .to_dataframe(), .to_json_dict()
compare(*networks)        networks and precisions side by side
explain(model, "301M")    what a published number counts
audit("claims.yaml")      published numbers of a file, recomputed, each with a verdict
check("calc.lock.json")   what moved since a lock was written
diff(before, after)       what differs between two networks
sweep(model, "width=…")   the totals of every network of a grid
allocate(network, "…")    the bits of each layer that hurt least within budgets
import_model(source)      a network of PyTorch, timm, ONNX or Hugging Face as the text of a spec, proved
evaluate_many(analysis)   millions of assignments of bits at once

An Analysis is what analyse returns. Bad input raises SpecError or OpError; their text says what is wrong and how to
mend it. Each function has an example in its help, such as help(calc.compare). Names are imported when first used.
"""

from importlib import import_module

from calc import notebook

TYPE_CHECKING = False  # type checkers go by the name; typing's own would cost an import
if TYPE_CHECKING:  # as themselves, which says to a type checker that they are offered here
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
"""The front door: each name and the module that has it. There is no ``__all__``, so that help(calc) stays short."""


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
