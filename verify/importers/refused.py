"""Why torch.export could not trace a network, in plain words, with the module that it was in and the line of code."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from torch import nn

from calc.errors import Problem, SpecError
from calc.sources import read_source
from calc.sources.lines import line_of
from verify.errors import VerifyError

_OF_IDS = re.compile(r"(^|_)(ids?|idx|tokens?|indices|labels?)$")
_OF_DTYPES = ("scalar type", "Long", "long", "indices", "dtype", "same type", "must be integer", "Int")


def is_ids(name: str) -> bool:
    """Whether an argument of that name is token ids."""
    return _OF_IDS.search(name) is not None


def wants_other_dtype(error: Exception) -> bool:
    """Whether token ids may have been taken for numbers, or the other way round."""
    return any(word in str(error.__cause__ or error) for word in _OF_DTYPES)


ONE_TENSOR = (
    "each argument of forward gets one tensor, of floats or of ids that are looked up: "
    "where it takes a list, a dict or a mask of booleans, import a module of your own that makes these"
)
"""What cannot be given, for hints."""
_OF_OTHER_ARGUMENTS = (
    "invalid data type 'str'", "too many indices for tensor",  # of a text that is taken for an index, or for several
    "'Tensor' object has no attribute", "to be bool", "bool tensor",
)  # fmt: skip


def _wants_no_tensor(cause: BaseException) -> bool:
    """Whether a forward may have asked for a mapping, another object, or for booleans, where it got a tensor."""
    return any(words in str(cause) for words in _OF_OTHER_ARGUMENTS)


class Running(NamedTuple):
    """A module that runs: its path in the network, and its class."""

    path: str
    kind: str


@contextmanager
def whereabouts(module: nn.Module) -> Iterator[list[Running]]:
    """The modules inside ``module`` that run, from the outside in; they stay where one raises."""
    running: list[Running] = []

    def entered(path: str) -> Any:
        return lambda called, *_: running.append(Running(path, type(called).__name__))

    def left(*_: Any) -> None:
        running.pop()

    handles = []
    for path, each in module.named_modules():
        if path:
            handles.append(each.register_forward_pre_hook(entered(path), prepend=True))
            handles.append(each.register_forward_hook(left))
    try:
        yield running
    finally:
        for handle in handles:
            handle.remove()


def refused_trace(source: str, error: Exception, running: Sequence[Running], tried: str) -> VerifyError | SpecError:
    """What to say of ``error``, which came up while the modules ``running`` ran. ``tried``: on what they did."""
    if isinstance(error, VerifyError) and error.__cause__ is None:
        return error
    cause: BaseException = error.__cause__ or error
    fact, hint = _said(cause)
    hint = f"{tried}; {ONE_TENSOR}" if _wants_no_tensor(cause) else hint
    own = read_source(source)
    line = None if own is None else line_of(own, cause)
    fact = fact if line is None else f"{fact} ({source[:200]})"
    return SpecError([Problem(line or source, fact, hint or tried, *running[-1:][0] if running else ("", ""))])


def _said(cause: BaseException) -> tuple[str, str]:
    """The fact, and a hint where there is one for such an error."""
    said = (str(cause).strip().splitlines() or [""])[0]
    kind = type(cause).__name__
    if "DataDependent" in kind or "data-dependent" in said or "unbacked" in said:
        fact = "its forward decides by the values that arrive, so that no one graph is the network"
        return fact, "a forward whose steps depend on sizes alone"
    if "was assigned during export" in said or "mutat" in said:
        return f"its forward changes the module itself: {said}", "what changes from call to call has to be a buffer"
    return f"its forward cannot be traced: {': '.join(filter(None, (kind, said)))}", ""
