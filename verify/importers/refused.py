"""Explains why torch.export could not trace a network, with the module and the line of code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, NamedTuple

from torch import nn

from calc.errors import Problem, SpecError
from calc.sources import read_source
from calc.sources.lines import line_of
from verify.errors import VerifyError
from verify.importers.element_types import wants_other_type

ONE_TENSOR = (
    "an argument that is a dict or a list needs the sizes of each of its tensors: --input batch.image=3x224x224, "
    "--input maps.0=3x224x224; if it is another object, import a module of your own that makes this from tensors"
)
"""A hint about arguments that cannot be passed to a forward."""
_OF_OTHER_ARGUMENTS = (
    "invalid data type 'str'", "too many indices for tensor",  # the forward indexes its argument with text
    "'Tensor' object has no attribute", "'dict' object has no attribute", "'list' object has no attribute",
    "values to unpack", "values for dict",
)  # fmt: skip


def _wants_no_tensor(cause: BaseException) -> bool:
    """Return whether a forward may need a mapping, a list or another object instead of a tensor."""
    return any(words in str(cause) for words in _OF_OTHER_ARGUMENTS)


OF_TYPES = (
    "floats, ids and booleans were tried; annotations say which of them an argument is: "
    "ids: torch.LongTensor, mask: torch.BoolTensor"
)
"""A hint about arguments whose type could not be found."""


class Running(NamedTuple):
    """A running module: its path in the network, and its class."""

    path: str
    kind: str


@dataclass
class Whereabouts:
    """The running modules, outermost first, kept if one raises. ``apart`` has the modules that other threads call."""

    running: list[Running] = field(default_factory=list)
    apart: list[Running] = field(default_factory=list)

    def clear(self) -> None:
        """Remove all entries before the network runs again."""
        self.running.clear()
        self.apart.clear()

    def called(self) -> Running:
        """Return the innermost running module, or the first that another thread called, which cannot be traced."""
        return next(iter([*self.apart, *self.running[-1:]]), Running("", ""))


@contextmanager
def whereabouts(module: nn.Module) -> Iterator[Whereabouts]:
    """Record which modules inside ``module`` run in the ``with`` block."""
    where, own_thread = Whereabouts(), get_ident()

    def entered(path: str) -> Any:
        def note(called: nn.Module, *_: Any) -> None:
            modules = where.running if get_ident() == own_thread else where.apart
            modules.append(Running(path, type(called).__name__))

        return note

    def left(*_: Any) -> None:
        if get_ident() == own_thread:
            where.running.pop()

    handles = []
    for path, each in module.named_modules():
        if path:
            handles.append(each.register_forward_pre_hook(entered(path), prepend=True))
            handles.append(each.register_forward_hook(left))
    try:
        yield where
    finally:
        for handle in handles:
            handle.remove()


def refused_trace(source: str, error: Exception, where: Whereabouts, tried: str) -> VerifyError | SpecError:
    """Return the error to show for ``error``, raised while the modules of ``where`` ran.

    ``tried`` says on which inputs.
    """
    if isinstance(error, (VerifyError, SpecError)) and error.__cause__ is None:
        return error
    cause: BaseException = error.__cause__ or error
    fact, hint = _IN_A_THREAD if where.apart else _said(cause)
    if _wants_no_tensor(cause):
        hint = f"{tried}; {ONE_TENSOR}"
    elif wants_other_type(error) and not hint:
        hint = f"{tried}; {OF_TYPES}"
    own = read_source(source)
    line = None if own is None else line_of(own, cause)
    fact = fact if line is None else f"{fact} ({source[:200]})"
    return SpecError([Problem(line or source, fact, hint or tried, *where.called())])


_IN_A_THREAD = (
    "it is called in a thread, which torch.export cannot trace",
    "call the modules one after another in the forward, without threads",
)


_WITHOUT_BATCH = (
    "the first axis of every input is the batch: a mask that is the same for all samples is made in the forward of a "
    "module of your own, from the sizes of another input"
)


def _said(cause: BaseException) -> tuple[str, str]:
    """Return the fact and a hint for ``cause``; the hint may be empty."""
    said = (str(cause).strip().splitlines() or [""])[0]
    kind = type(cause).__name__
    if "DataDependent" in kind or "data-dependent" in said or "unbacked" in said:
        fact = "its forward depends on the values of its inputs, so it has no fixed graph"
        return fact, "write a forward whose steps depend only on sizes"
    if "was assigned during export" in said or "mutat" in said:
        return f"its forward changes the module itself: {said}", "use a buffer for what changes from call to call"
    if "fake tensor in the exported program" in said:
        return "a tensor of its forward is created where torch.export cannot see it, as in a thread", _IN_A_THREAD[1]
    hint = _WITHOUT_BATCH if "attn_mask" in said and "shape" in said else ""
    return f"its forward cannot be traced: {': '.join(filter(None, (kind, said)))}", hint
