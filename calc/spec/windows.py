"""Checks the attention windows that a language model is given for its layers in turn."""

from collections.abc import Collection

from calc.errors import Problem, SpecError
from calc.spec.model import ModelSpec
from calc.spec.shelf import is_packaged
from calc.spec.tree import Sequence, Value
from calc.spec.values import Scope

WINDOWS = "windows"
"""The param of packaged families for the number of tokens that each layer sees, in turn. 0 means the whole context."""
_HINT = f"such as {WINDOWS}: [4096, 0] for the layers in turn, where 0 means the whole context"


def check_windows(model: ModelSpec, given: Collection[str], scope: Scope) -> None:
    """Raise SpecError, at the place of the value, for windows that no layer of a packaged family can have.

    ``given`` has the params of the caller, which are in no file. A negative window is refused here, because a family
    would treat it as no window.
    """
    if WINDOWS not in model.parameters or not is_packaged(model.lineage[-1].file):
        return
    windows = scope[WINDOWS]
    if not isinstance(windows, tuple):
        return  # the layer that takes one reports it
    written = None if WINDOWS in given else _written(model)
    problems = []
    if not windows:
        problems.append(Problem(written and written.place, f"{WINDOWS}=[]: no layer has a window", _HINT))
    for index, window in enumerate(windows):
        if type(window) is int and window < 0:
            node = written.items[index] if isinstance(written, Sequence) else written
            problems.append(Problem(node and node.place, f"{WINDOWS}: {window} is not a number of tokens", _HINT))
    if problems:
        raise SpecError(problems)


def _written(model: ModelSpec) -> Value | None:
    value = model.overrides.get(WINDOWS, model.parameters[WINDOWS].default)
    return None if value is None else value.node
