"""Records tapes for a question of the user, for a whole network or by block or layer, and counts at a point."""

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
"""The text for totals that are sums over the layers."""
_FEW = 6
"""The smallest number of blocks in a table, if the network has enough levels."""
_DEEPEST = 4


class Question(NamedTuple):
    """The question: ``wanted`` totals of ``model`` as formulas over the variables in ``asked``.

    ``bits`` is the policy, unless bits are variables. The other fields fix all other options.
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
        """The policy, or the bits that are variables."""
        return self.asked.bits or self.bits

    @property
    def subject(self) -> str:
        """The name of the network, with the fixed bits if totals depend on them: ``MobileNetV2 at w4a8``."""
        name = self.model.name
        if not any(total_named(each).at_bits for each in self.wanted):
            return name
        if self.asked.bits is None:
            return f"{name} at {self.bits}"
        return f"{name} with {given}" if (given := str(self.asked.bits)) else name


def tape_for(question: Question) -> Tape:
    """Return the tape for ``question``.

    Raises OpError for a total that the network lacks or has only as a lower bound.
    """
    model, asked, wanted, _, params, sizes, batch = question
    try:
        found = analysis_at(question, asked.at)
    except (SpecError, OpError) as error:
        if asked.at.keys() <= {BATCH} - model.parameters.keys():
            raise
        where = ", ".join([f"{name} {value}" for name, value in asked.at.items()])
        raise OpError(
            f"at {where}: {str(error).splitlines()[0]}", "ask for a range in which the network is valid"
        ) from None
    bounds = at_least(wanted, found.unknown)
    if bounds:
        raise OpError(f"--of {bounds[0]}: it is unknown for some layer, so there is no formula")
    for name in wanted:
        check_kind("--of", name, found.totals.elementwise)
        if total_named(name).told_of == "state" and not found.has_state:
            raise OpError(f"--of {name}: no layer of {model.name} keeps anything from call to call")
    variables = asked.variables
    while True:  # narrower ranges may need fewer guards
        tape = trace(model, variables, asked.at, wanted, (question.policy,), params, sizes, batch)
        if tape.holds_for == dict(variables):
            return tape
        variables = tuple([Variable(name, bounds) for name, bounds in tape.holds_for.items()])


def tape_by_block(question: Question, tape: Tape) -> Tape | None:
    """Return a tape for the same ranges with the part of each block; None if a total is not a sum over layers.

    The blocks are those of the outermost level that has at least a few of them.
    """
    if not all(map(is_sum, question.wanted)):
        return None
    names = [layer.name for layer in analysis_at(question, question.asked.at).layers]
    depths = [depth for depth in range(1, _DEEPEST) if len({_scope(name, depth) for name in names}) >= _FEW]
    depth = min([*depths, _DEEPEST])
    return _tape_of_parts(question, tape, lambda name: _scope(name, depth))


def tape_by_layer(question: Question, tape: Tape) -> Tape | None:
    """Return a tape for the same ranges with the value of each layer; None if layers have no such value."""
    if any(total_named(name).of_layer is None for name in question.wanted):
        return None
    return _tape_of_parts(question, tape, str)


def is_sum(name: str) -> bool:
    """Return whether the total ``name`` is a sum over the layers."""
    return total_named(name).of_layer is not None and total_named(name).adds_up == SUM


def _tape_of_parts(question: Question, tape: Tape, block_of: Callable[[str], str]) -> Tape:
    """Return a tape with a separate output for each block."""
    model, asked, wanted, _, params, sizes, batch = question
    variables = tuple([Variable(name, bounds) for name, bounds in tape.holds_for.items()])
    return trace(
        model, variables, asked.at, wanted, (question.policy,), params, sizes, batch, block_of=block_of
    )  # fmt: skip


def _scope(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def analysis_at(question: Question, at: Mapping[str, Number]) -> Any:
    """Return the counts of the engine at a point."""
    params = dict(question.params) | {name: value for name, value in at.items() if name in question.model.parameters}
    sizes: dict[str, tuple[int, ...]] = {
        name: tuple([int(at[size]) if isinstance(size, str) else size for size in of])
        for name, of in question.sizes.items()
    }
    policy = question.bits if question.asked.bits is None else question.asked.bits.at(at)
    samples = taken_samples(question.model, dict(at), question.batch)
    return analyse(question.model, params, sizes, bits=policy, batch=int(samples))
