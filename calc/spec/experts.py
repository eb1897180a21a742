"""Expands ``experts:`` into one copy of the expert's layers between the ops that split and join the tokens."""

from collections.abc import Callable

from calc.errors import OpError
from calc.model.builder import GraphBuilder
from calc.ops.base import Op
from calc.ops.base.experts import Dispatch, Experts
from calc.spec.names import FAILED

Add = Callable[[str, Op, tuple[int, ...]], int]
Run = Callable[[str, int], int]


def expand_experts(
    builder: GraphBuilder, op: Experts, name: str, flows: tuple[int, ...], add: Add, run: Run
) -> int:  # fmt: skip
    """Return the index of the node that joins the outputs of the experts of ``name``, or FAILED.

    ``add`` adds a node. ``run`` makes the layers of the named expert with the given node as input, and returns the
    index of its output. Raises OpError.
    """
    if len(flows) != 2:
        raise OpError(f"takes 2 inputs (x, scores), got {len(flows)}", "name them: from: [TOKENS, ROUTER]")
    token = add(f"{name}.dispatch", Dispatch(count=op.count, active=op.active), flows)
    if token == FAILED:
        return FAILED
    builder.begin_experts(name, token)
    try:
        made = run(f"{name}.*", token)
    finally:
        builder.end_experts()
    if made == FAILED:
        return FAILED
    returned, given = builder.nodes[made].shape, builder.nodes[token].shape
    if returned.sizes != given.sizes or not builder.nodes[made].batched:
        raise OpError(f"an expert returns {returned} for a token of {given}", "both must be of one size")
    return add(f"{name}.combine", op, (made, flows[1]))
