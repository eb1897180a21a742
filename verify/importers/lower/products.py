"""Products of two activations, einsum, and attention."""

from string import ascii_letters
from typing import Any

from torch import fx

from calc.errors import OpError
from calc.importing import BatchAxis, Value
from verify.importers.lower.axes import permuted, spread, squeezed, unsqueezed
from verify.importers.lower.comparisons import hiding
from verify.importers.lower.reductions import reduced
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import put


@lowers("matmul", "bmm", "mm")
def matmul(op: Operation) -> Value:
    """Return a matrix product over the last two axes. Further axes in front are broadcast."""
    return product(op, op.value("self"), op.value("other" if op.has("other") else "mat2"))


@lowers("mv", "dot", "vdot")
def vector_product(op: Operation) -> Value:
    """Return the product of a matrix or a vector with a vector."""
    second = next(name for name in ("vec", "tensor", "other") if op.has(name))
    return product(op, op.value("self"), op.value(second))


@lowers("addmm", "baddbmm")
def added_product(op: Operation) -> Value:
    """Return beta · x + alpha · (a @ b)."""
    first, second = ("mat1", "mat2") if op.has("mat1") else ("batch1", "batch2")
    made = product(op, op.value(first), op.value(second))
    if op["alpha"] != 1:
        made = put(op, "multiply", [made.node], made, value=float(op["alpha"]))
    added = op.value("self")
    if op["beta"] == 0:
        return made
    if op["beta"] != 1:
        added = put(op, "multiply", [added.node], added, value=float(op["beta"]))
    x, other = op.aligned([made, added])
    return op.layer("add", x, other)


def product(op: Operation, x: Value, other: Value) -> Value:
    """Return ``x @ other`` by the rules of PyTorch: a vector is a row on the left and a column on the right."""
    row, column = len(x.sizes) == 1, len(other.sizes) == 1
    if row:
        x = unsqueezed(op, x, 0)
    if column:
        other = unsqueezed(op, other, 1)
    made = _matrices(op, x, other)
    gone = [*([len(made.sizes) - 2] if row else []), *([len(made.sizes) - 1] if column else [])]
    return squeezed(op, made, gone) if gone else made


def _matrices(op: Operation, x: Value, other: Value) -> Value:
    if x.batch is not None and x.batch.axis == len(x.sizes) - 2 and other.batch is None:
        return _rows(op, x, other)
    for value in (x, other):
        if value.batch is not None and value.batch.axis >= len(value.sizes) - 2:
            raise OpError(
                "multiplies along the axis of the batch", "every sample must go through the network on its own"
            )
    batched = x if x.batch is not None else other
    rank = max(len(x.sizes), len(other.sizes))
    leading = [(1,) * (rank - len(each.sizes)) + each.sizes for each in (x, other)]
    sizes = (*[max(pair) for pair in zip(leading[0][:-2], leading[1][:-2], strict=True)], x.sizes[-2], other.sizes[-1])
    batch = batched.batch and batched.batch._replace(axis=batched.batch.axis + rank - len(batched.sizes))
    nodes = [value.node for value in op.aligned([x, other])]
    return put(op, "matmul", nodes, Value(-1, sizes, batch))


def _rows(op: Operation, x: Value, other: Value) -> Value:
    """Return a product in which the rows of ``x`` are samples. Each sample is a matrix with one row."""
    assert x.batch is not None
    made = Value(-1, (*x.sizes[:-1], other.sizes[-1]), x.batch)
    if x.batch.folded > 1:
        return put(op, "matmul", [x.node, other.node], made)
    node = op.draft.regroup(op.within, x.node, (*x.sizes[:-2], 1, x.sizes[-1]))
    sizes = (*x.sizes[:-2], 1, other.sizes[-1])
    found = put(op, "matmul", [node, other.node], Value(-1, sizes, None))
    return made._replace(node=op.draft.regroup(op.within, found.node, made.sample))


@lowers("einsum")
def einsum(op: Operation) -> Value:
    """Return a product of two tensors with named axes, or a sum and permutation of a single tensor."""
    values = [op.valued(each) for each in op["tensors"]]
    terms, output = _terms(op["equation"], values)
    if len(values) == 1:
        return _of_one(op, values[0], terms[0], output)
    if len(values) != 2:
        raise OpError(f"einsum of {len(values)} tensors; calc's takes 2", "write one product after another")
    return _of_two(op, values, terms, output)


def _of_one(op: Operation, x: Value, term: str, output: str) -> Value:
    if len(set(term)) < len(term):
        raise OpError("takes a diagonal")
    gone = [axis for axis, label in enumerate(term) if label not in output]
    found = reduced(op, x, "sum", gone, keepdim=False) if gone else x
    kept = [label for label in term if label in output]
    return permuted(op, found, [kept.index(label) for label in output])


def _of_two(op: Operation, values: list[Value], terms: list[str], output: str) -> Value:
    labels = {term[value.batch.axis] for value, term in zip(values, terms, strict=True) if value.batch is not None}
    spare = next(letter for letter in ascii_letters if letter not in "".join([*terms, output]))
    if not labels:  # the tensors are the same for every sample
        return _written(op, values, terms, output, [f"{spare}{term}" for term in (*terms, output)], None)
    if len(labels) != 1 or not labels <= set(output):
        raise OpError("mixes the samples of a batch", "every sample must go through the network on its own")
    (batch_label,) = labels
    batch = next(value.batch for value in values if value.batch is not None)
    folded = batch.folded > 1

    def own(term: str) -> str:
        return f"{spare}{term}" if folded else batch_label + term.replace(batch_label, "")

    written = [term if value.batch is None else own(term) for value, term in zip(values, terms, strict=True)]
    at = batch._replace(axis=output.index(batch_label))
    return _written(op, values, terms, output, [*written, own(output)], at)


def _written(
    op: Operation, values: list[Value], terms: list[str], output: str, written: list[str], batch: BatchAxis | None
) -> Value:
    """Add the einsum layer whose equation has the terms ``written``."""
    sizes = {
        label: size
        for value, term in zip(values, terms, strict=True)
        for label, size in zip(term, value.sizes, strict=True)
    }
    made = Value(-1, tuple([sizes[label] for label in output]), batch)
    nodes = [value.node for value in values]
    return put(op, "einsum", nodes, made, equation=f"{written[0]},{written[1]}->{written[2]}")


def _terms(equation: str, values: list[Value]) -> tuple[list[str], str]:
    """Return the labels of the axes of each tensor and of the output, without ellipses."""
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow:
        once = sorted(label for label in set(left) - set(",.") if left.count(label) == 1)
        output = ("..." if "..." in left else "") + "".join(once)
    spare = [letter for letter in ascii_letters if letter not in equation]
    most = max(
        [len(value.sizes) - len(term) + 3 for value, term in zip(values, terms, strict=True) if "..." in term],
        default=0,
    )
    dots = "".join(spare[:most])

    def full(term: str, rank: int) -> str:
        more = rank - len(term) + 3
        return term.replace("...", dots[most - more :] if more else "")

    return [full(term, len(value.sizes)) for value, term in zip(values, terms, strict=True)], output.replace(
        "...", dots
    )


@lowers("scaled_dot_product_attention")
def attention(op: Operation) -> Value:
    """Return softmax(q kᵀ · scale + mask) v."""
    values = [op.value(name) for name in ("query", "key", "value")]
    for value in values:
        if value.batch is not None and value.batch.axis >= len(value.sizes) - 2:
            raise OpError("attends along the axis of the batch", "every sample must go through the network on its own")
    if not op.get("enable_gqa"):
        q = values[0]
        values[1:] = [_for_each_head(op, q, value) for value in values[1:]]
    mask = _mask(op)
    read = op.aligned([*values, *([] if mask is None else [mask])])
    nodes = [op.draft.without_channels_elsewhere(op.within, each.node, -1) for each in read[:3]]
    fields: dict[str, Any] = {"is_causal": True} if op["is_causal"] else {}
    if op.get("scale") is not None:
        fields["scale"] = float(op["scale"])
    if op.get("enable_gqa"):
        fields["enable_gqa"] = True
    batch = next((value.batch for value in values if value.batch is not None), None)
    return op.layer(
        "scaled_dot_product_attention", nodes=[*nodes, *[each.node for each in read[3:]]], batch=batch, **fields
    )


def _for_each_head(op: Operation, q: Value, x: Value) -> Value:
    """Return keys or values, expanded to all heads of ``q`` if the heads share them."""
    sizes = (*q.sizes[:-2], *x.sizes[-2:])
    return x if x.sizes == sizes or x.batch is None else spread(op, x, sizes, q.batch)


def _mask(op: Operation) -> Value | None:
    """Return the mask that is added to the scores. A boolean mask becomes 0 and the most negative float."""
    import torch

    given = op.get("attn_mask")
    if given is None:
        return None
    known = op.constant(given)
    arriving = op.argument("attn_mask")
    if known is None and isinstance(arriving, fx.Node) and arriving.meta["val"].dtype == torch.bool:
        return hiding(op, op.valued(given))
    if known is None or known.dtype != torch.bool:
        return op.valued(given)
    hidden = torch.zeros(known.shape).masked_fill(~known, torch.finfo(torch.float32).min)
    return op.made(hidden, "mask")
