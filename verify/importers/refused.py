"""Why torch.export could not trace a network, in plain words and with the path of the module that it was in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from verify.errors import VerifyError

_OF_IDS = re.compile(r"(^|_)(ids?|idx|tokens?|indices|labels?)$")
_OF_DTYPES = ("scalar type", "Long", "long", "indices", "dtype", "same type", "must be integer", "Int")


def is_ids(name: str) -> bool:
    """Whether an argument of that name is token ids."""
    return _OF_IDS.search(name) is not None


def wants_other_dtype(error: Exception) -> bool:
    """Whether token ids may have been taken for numbers, or the other way round."""
    return any(word in str(error.__cause__ or error) for word in _OF_DTYPES)


@contextmanager
def whereabouts(module: nn.Module) -> Iterator[list[str]]:
    """The paths of the modules inside ``module`` that run, from the outside in; they stay where one raises."""
    running: list[str] = []

    def entered(path: str) -> Any:
        return lambda *_: running.append(path)

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


def refused_trace(source: str, error: Exception, running: list[str]) -> VerifyError:
    """What to say of ``error``, which came up while the modules at the paths ``running`` ran."""
    if isinstance(error, VerifyError) and error.__cause__ is None:
        return error
    cause: BaseException = error.__cause__ or error
    said = (str(cause).strip().splitlines() or [""])[0]
    kind = type(cause).__name__
    where = ": ".join([source, *running[-1:]])
    if "DataDependent" in kind or "data-dependent" in said or "unbacked" in said:
        fact = "its forward decides by the values that arrive, so that no one graph is the network"
        return VerifyError(f"{where}: {fact}", "a forward whose steps depend on sizes alone")
    if "was assigned during export" in said or "mutat" in said:
        fact = f"its forward changes the module itself: {said}"
        return VerifyError(f"{where}: {fact}", "what changes from call to call has to be a buffer")
    return VerifyError(f"{where}: its forward cannot be traced: {': '.join(filter(None, (kind, said)))}")
