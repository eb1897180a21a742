"""The windows of attention that a language model is given for its layers in turn, held against what they can be."""

from collections.abc import Collection

from calc.errors import Problem, SpecError
from calc.spec.model import ModelSpec
from calc.spec.shelf import is_packaged
from calc.spec.tree import Sequence, Value
from calc.spec.values import Scope

WINDOWS = "windows"
"""The param of packaged families that says how many tokens each layer sees, in turn; 0: the whole context."""
_HINT = f"such as {WINDOWS}: [4096, 0], of the layers in turn; 0: the whole context"


def check_windows(model: ModelSpec, given: Collection[str], scope: Scope) -> None:
    """Raise SpecError, where they are written, for windows that no layer of a packaged family can have.

    ``given``: the params that a caller gives, which stand in no file. A family takes a negative one for none.
    """
    if WINDOWS not in model.parameters or not is_packaged(model.lineage[-1].file):
        return
    windows = scope[WINDOWS]
    if not isinstance(windows, tuple):
        return  # said where a layer takes one of them
    written = None if WINDOWS in given else _written(model)
    problems = []
    if not windows:
        problems.append(Problem(written and written.place, f"{WINDOWS}=[]: no layer has a window", _HINT))
    for index, window in enumerate(windows):
        if type(window) is int and window < 0:
            node = written.items[index] if isinstance(written, Sequence) else written
            problems.append(Problem(node and node.place, f"{WINDOWS}: {window} is no number of tokens", _HINT))
    if problems:
        raise SpecError(problems)


def _written(model: ModelSpec) -> Value | None:
    value = model.overrides.get(WINDOWS, model.parameters[WINDOWS].default)
    return None if value is None else value.node
