"""A tape that was asked for, whole or by block or layer, and what the engine counts at a point."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.quantities import at_least
from calc.spec.model import ModelSpec
from calc.tape.asked import Sizes, Varied
from calc.tape.atoms import Number
from calc.tape.bits import VariedBits
from calc.tape.tape import Tape
from calc.tape.trace import BATCH, Variable, check_kind, taken_samples, total_named, trace

SUM = "the sum over the layers"
"""How totals that are told by block come from the layers."""
_FEW = 6
"""Blocks that a table has at least, if the network has scopes enough."""
_DEEPEST = 4


class Question(NamedTuple):
    """``wanted`` totals of ``model`` at ``bits``, over what is ``asked``; the rest as it is given.

    Where bits are asked for, they are in place of ``bits``.
    """

    model: ModelSpec
    asked: Varied
    wanted: tuple[str, ...]
    bits: str
    params: Mapping[str, Any]
    sizes: Sizes
    batch: int

    @property
    def policy(self) -> str | VariedBits:
        """The bits at which it is counted."""
        return self.asked.bits or self.bits

    @property
    def subject(self) -> str:
        """The network, and the bits of it that are given, where totals depend on them: ``MobileNetV2 at w4a8``."""
        name = self.model.name
        if not any(total_named(each).at_bits for each in self.wanted):
            return name
        if self.asked.bits is None:
            return f"{name} at {self.bits}"
        return f"{name} with {given}" if (given := str(self.asked.bits)) else name


def tape_for(question: Question) -> Tape:
    """The tape. Raises OpError for a total that the network does not have, or only at least."""
    model, asked, wanted, _, params, sizes, batch = question
    try:
        found = analysis_at(question, asked.at)
    except (SpecError, OpError) as error:
        if asked.at.keys() <= {BATCH} - model.parameters.keys():
            raise
        where = ", ".join([f"{name} {value}" for name, value in asked.at.items()])
        raise OpError(f"at {where}: {str(error).splitlines()[0]}", "ask for a range in which it can be") from None
    bounds = at_least(wanted, found.unknown)
    if bounds:
        raise OpError(f"--of {bounds[0]}: of some layer it is not known, so there is no formula")
    for name in wanted:
        check_kind("--of", name, found.totals.elementwise)
        if total_named(name).told_of == "state" and not found.has_state:
            raise OpError(f"--of {name}: no layer of {model.name} keeps anything from call to call")
    variables = asked.variables
    while True:  # within what the guards leave of the ranges fewer are needed
        tape = trace(model, variables, asked.at, wanted, (question.policy,), params, sizes, batch)
        if tape.holds_for == dict(variables):
            return tape
        variables = tuple([Variable(name, bounds) for name, bounds in tape.holds_for.items()])


def tape_by_block(question: Question, tape: Tape) -> Tape | None:
    """What each block adds to the totals of ``tape``, for the same ranges; None where one is no sum over layers.

    Blocks are the outermost scopes of which there are a few at least.
    """
    if not all(map(is_sum, question.wanted)):
        return None
    names = [layer.name for layer in analysis_at(question, question.asked.at).layers]
    depths = [depth for depth in range(1, _DEEPEST) if len({_scope(name, depth) for name in names}) >= _FEW]
    depth = min([*depths, _DEEPEST])
    return _tape_of_parts(question, tape, lambda name: _scope(name, depth))


def tape_by_layer(question: Question, tape: Tape) -> Tape | None:
    """Of each layer what the totals of ``tape`` are of, for the same ranges; None where no layer has one of them."""
    if any(total_named(name).of_layer is None for name in question.wanted):
        return None
    return _tape_of_parts(question, tape, str)


def is_sum(name: str) -> bool:
    """Whether the total is the sum over the layers."""
    return total_named(name).of_layer is not None and total_named(name).adds_up == SUM


def _tape_of_parts(question: Question, tape: Tape, block_of: Callable[[str], str]) -> Tape:
    """What is of each block."""
    model, asked, wanted, _, params, sizes, batch = question
    variables = tuple([Variable(name, bounds) for name, bounds in tape.holds_for.items()])
    return trace(
        model, variables, asked.at, wanted, (question.policy,), params, sizes, batch, block_of=block_of
    )  # fmt: skip


def _scope(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def analysis_at(question: Question, at: Mapping[str, Number]) -> Any:
    """What the engine counts at a point."""
    params = dict(question.params) | {name: value for name, value in at.items() if name in question.model.parameters}
    sizes: dict[str, tuple[int, ...]] = {
        name: tuple([int(at[size]) if isinstance(size, str) else size for size in of])
        for name, of in question.sizes.items()
    }
    policy = question.bits if question.asked.bits is None else question.asked.bits.at(at)
    samples = taken_samples(question.model, dict(at), question.batch)
    return analyse(question.model, params, sizes, bits=policy, batch=int(samples))
