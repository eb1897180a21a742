"""Operations that give the same elements another shape."""

from calc.importing import Value
from calc.importing.value import regrouped
from verify.importers.operation import Operation
from verify.importers.registry import lowers


@lowers("flatten", "view", "reshape", "_unsafe_view", "unflatten", "view_as", "reshape_as")
def reshaped(op: Operation) -> Value:
    """Join axes to one, or split them into several."""
    x = op.value("self")
    made = Value(-1, op.sizes, regrouped(x, op.sizes, op.batch))
    return made._replace(node=op.draft.regroup(op.within, x.node, made.sample))
