"""Computes the tensors of a network that depend only on constants."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx
from torch.export.graph_signature import InputKind
from torch.utils._pytree import tree_map_only

from calc.errors import OpError
from verify.importers.batch_numbers import batch_number
from verify.importers.filled import filled, is_filled
from verify.importers.operation import batch_of
from verify.importers.packets import is_in_place, packet
from verify.importers.trace import BATCH, OTHER_BATCH, Traced, size_at

PRODUCTS = (
    "addmm", "baddbmm", "bmm", "conv1d", "conv2d", "conv3d", "dot", "einsum", "linear", "matmul", "mm", "mv",
    "vdot",
)  # fmt: skip
"""Operations with MACs."""


def multiplies(node: fx.Node) -> bool:
    """Return whether ``node`` is computed with a product.

    Each call of the network computes the product, so its MACs count.
    """
    pending, seen = [node], {node}
    while pending:
        each = pending.pop()
        if each.op == "call_function" and packet(each.target) in PRODUCTS:
            return True
        new = [source for source in each.all_input_nodes if source not in seen and not is_filled(each)]
        seen.update(new)
        pending += new
    return False


class Constants:
    """Runs the operations of a traced program that depend neither on inputs nor on parameters, in program order.

    ``held`` has the tensors of the network by name. float32 tensors of the program are computed in ``dtype``.
    """

    def __init__(self, traced: Traced, held: Mapping[str, torch.Tensor], dtype: torch.dtype = torch.float32) -> None:
        self._sizes = traced.sizes
        self._dtype = dtype
        self._known: dict[int, dict[fx.Node, Any]] = {}
        self._held = held
        self.read = set[str]()
        """The names of the tensors whose values were read."""
        self._signature = traced.program.graph_signature
        self._targets = {each.arg.name: each.target for each in self._signature.input_specs if each.target is not None}
        self._user_inputs = set(self._signature.user_inputs)
        self._learnt = {each.arg.name for each in self._signature.input_specs if each.kind == InputKind.PARAMETER}
        self._nodes = list(traced.graph.nodes)
        self._constant = self._of_constants()
        written = [at for at, node in enumerate(self._nodes) if node in self._constant and is_in_place(node.target)]
        self._last_written = max(written, default=-1)

    def _of_constants(self) -> set[fx.Node]:
        """Return the operations that depend on no input and no learnt tensor."""
        found: set[fx.Node] = set()
        for node in self._nodes:
            if node.op == "placeholder" and node.name not in self._user_inputs and node.name not in self._learnt:
                found.add(node)
            if _is_number(node) or is_filled(node):
                found.add(node)
            if node.op != "call_function" or node.meta.get("val") is None:  # an assertion has no result
                continue
            if all(each in found for each in node.all_input_nodes):
                found.add(node)
        return found

    def found(self, node: fx.Node) -> torch.Tensor | None:
        """Like ``value``, but None if ``node`` depends on an input or a learnt tensor, or is on the meta device."""
        try:
            found = self.value(node)
        except (OpError, RuntimeError):  # torch cannot compare tensors on the meta device, which have no values
            return None
        return None if found.is_meta else found

    def value(self, node: fx.Node) -> torch.Tensor:
        """Return the value of ``node`` for a batch of 1. Raises OpError if it is not the same for every sample."""
        found = self._of_a_sample(node, BATCH)
        if any(_grows(each) for each in self._before(node)):
            other = self._of_a_sample(node, OTHER_BATCH)
            if other.shape != found.shape or not torch.equal(other, found):
                raise OpError("depends on the batch size, but on no input")
        return found

    def numbers_samples(self, node: fx.Node) -> bool:
        """Return whether ``node`` gives the numbers 0, 1, 2, … of the samples of a batch, in any shape."""
        try:
            values = {size: self._run(node, size) for size in (BATCH, OTHER_BATCH)}
        except OpError:
            return False
        return all(
            found.numel() == size and torch.equal(found.flatten(), torch.arange(size)) for size, found in values.items()
        )

    def _of_a_sample(self, node: fx.Node, size: int) -> torch.Tensor:
        found = self._run(node, size)
        batch = None if node.op == "placeholder" else batch_of(self._sizes[node.name][0])[1]
        if batch is None:
            return found
        each = found.reshape(*found.shape[: batch.axis], size, batch.folded, *found.shape[batch.axis + 1 :])
        if not torch.equal(each, each.narrow(batch.axis, 0, 1).expand_as(each)):
            raise OpError("differs between the samples of a batch, but depends on no input")
        return each.select(batch.axis, 0)

    def _run(self, node: fx.Node, size: int) -> torch.Tensor:
        known = self._known.setdefault(size, {})
        for each in self._before(node):
            if each not in known:
                known[each] = self._worked_out(each, size, known)
        found: torch.Tensor = known[node]
        return found

    def _before(self, node: fx.Node) -> Sequence[fx.Node]:
        """Return ``node`` and the nodes that it depends on, in program order; all constants if one is overwritten."""
        nodes = self._nodes[: max(self._nodes.index(node), self._last_written) + 1]
        wanted = {node}
        for each in reversed(nodes):
            is_read = each in wanted or (self._last_written >= 0 and each in self._constant)
            if is_read and not _is_number(each) and not is_filled(each):
                wanted.update(each.all_input_nodes)
                wanted.add(each)
        return [each for each in nodes if each in wanted]

    def _worked_out(self, node: fx.Node, size: int, known: Mapping[fx.Node, Any]) -> Any:
        if node.target is batch_number:
            return node.args[0 if size == BATCH else 1]
        if _is_number(node):
            return size_at(node.meta["val"], size)
        if is_filled(node):
            sizes = self._sizes[node.name][0][0 if size == BATCH else 1]
            return filled(node, sizes, self._widened(node.meta["val"].dtype))
        if node.op == "placeholder":
            target = self._targets.get(node.name)
            if target is None or node.name in self._user_inputs | self._learnt:
                raise OpError(f"depends on {node.name}, which is an input or learnt")
            self.read.add(target)
            return self._held[target].detach().clone()
        if node.op == "get_attr":
            raise OpError(f"depends on {node.name}, which is not a tensor")
        args, kwargs = tree_map_only(fx.Node, known.__getitem__, (node.args, node.kwargs))
        args, kwargs = tree_map_only(torch.dtype, self._widened, (args, kwargs))
        args, kwargs = tree_map_only(torch.device, lambda _: torch.device("cpu"), (args, kwargs))
        assert callable(node.target)
        try:
            with torch.no_grad():
                return node.target(*args, **kwargs)
        except (RuntimeError, TypeError, IndexError, ValueError) as error:
            raise OpError(f"{node.target} cannot be computed: {str(error).splitlines()[0]}") from None

    def _widened(self, dtype: torch.dtype) -> torch.dtype:
        return self._dtype if dtype == torch.float32 else dtype


def _is_number(node: fx.Node) -> bool:
    """Return whether the result of ``node`` is a number, such as a size."""
    if node.op != "call_function":
        return False
    return node.target is batch_number or isinstance(node.meta.get("val"), (int, float, bool, torch.SymInt))


def _grows(node: fx.Node) -> bool:
    """Return whether the result of ``node`` is a number that may depend on the batch size."""
    return _is_number(node) and (node.target is batch_number or isinstance(node.meta["val"], torch.SymInt))
