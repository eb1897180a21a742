"""Replaces an operation that cannot be represented, so that the operations after it are checked too."""

from collections.abc import Sequence

import torch
from torch import fx

from calc.errors import OpError
from calc.importing import Draft, Value
from calc.importing.names import sayable
from calc.importing.value import Sizes
from verify.importers.operation import batch_of


def stand_in(draft: Draft, node: fx.Node, sizes: Sequence[tuple[Sizes, Sizes]]) -> Value | tuple[Value, ...]:
    """Return values with the ``sizes`` of the results of ``node``, each given at two batch sizes."""
    made: list[Value] = []
    for each in sizes:
        try:
            at_one, batch = batch_of(each)
        except OpError:
            at_one, batch = each[0], None
        value = Value(-1, at_one, batch)
        made.append(value._replace(node=draft.stand_in(sayable(node.name), value.sample)))
    return made[0] if isinstance(node.meta.get("val"), torch.Tensor) else tuple(made)
