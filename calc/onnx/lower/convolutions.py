"""Convolutions and transposed convolutions."""

from typing import Any

from calc.errors import OpError
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, HeldWeight, Sizes, Thing, sizes_text
from calc.onnx.weights import bits_of, needs_samples_first, tied


def convolution(call: NodeCall) -> list[Thing | None]:
    """Convert Conv with 1 to 3 spatial axes."""
    x, weight, rank, sizes = _read(call)
    fields = kernel_fields(call, sizes[2:], x.sizes[2:])
    fields |= {"out_channels": sizes[0], "groups": call.attribute("group", 1)}
    return kernel(call, f"conv{rank}d", x, weight, fields)


def transposed(call: NodeCall) -> list[Thing | None]:
    """Convert ConvTranspose, whose weight is (in, out / group, *kernel). Uneven cropping becomes a slice after it."""
    x, weight, rank, sizes = _read(call)
    groups = call.attribute("group", 1)
    strides = per_axis(call, "strides", rank, 1)
    dilations = per_axis(call, "dilations", rank, 1)
    extra = per_axis(call, "output_padding", rank, 0)
    before, after = _cropped(call, x.sizes[2:], sizes[2:], strides, dilations, extra)
    fields = {
        "out_channels": sizes[1] * groups, "kernel_size": alike(sizes[2:]), "stride": alike(strides),
        "dilation": alike(dilations), "groups": groups,
    }  # fmt: skip
    if before == after:
        fields |= {"padding": alike(before), "output_padding": alike(extra)}
        return kernel(call, f"conv_transpose{rank}d", x, weight, fields)
    # padding crops as much at both ends as the smaller of the two, and a slice after the layer crops the rest
    least = tuple([min(pair) for pair in zip(before, after, strict=True)])
    fields |= {"padding": alike(least), "output_padding": alike(extra)}
    (made,) = kernel(call, f"conv_transpose{rank}d", x, weight, fields)
    assert isinstance(made, Flow)
    for axis in range(rank):
        start, end = before[axis] - least[axis], after[axis] - least[axis]
        if start or end:
            cut = call.layer(
                "slice", (made.node,), name=call.beside("slice"), dim=made.dim(axis + 2), start=start, end=-end or None
            )
            made = call.out(cut, made.value.batch)
    return [made]


def _read(call: NodeCall) -> tuple[Flow, Thing, int, Sizes]:
    """Return the input, the weight, the number of spatial axes and the sizes of the weight.

    Raises OpError if they do not fit.
    """
    x, weight = call.flow(), call.thing(1)
    rank = x.rank - 2
    check_rank(rank, x)
    needs_samples_first(x)
    sizes = weight.value.sample if isinstance(weight, Flow) else weight.sizes
    if len(sizes) != rank + 2:
        raise OpError(f"its weight of {sizes_text(sizes)} does not fit the input of {sizes_text(x.sizes)}")
    return x, weight, rank, sizes


def _cropped(
    call: NodeCall, sizes: Sizes, kernels: Sizes, strides: Sizes, dilations: Sizes, extra: Sizes
) -> tuple[Sizes, Sizes]:
    """Return the number of positions that are cropped at the start and at the end of each axis."""
    rank = len(sizes)
    pads = call.attribute("pads", (0,) * 2 * rank)
    wanted = call.attribute("output_shape")
    word = call.attribute("auto_pad", "NOTSET")
    if wanted is None and word in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    if wanted is None:
        return pads[:rank], pads[rank:]
    before, after = [], []
    for axis, size in enumerate(tuple(wanted)[-rank:]):
        full = (sizes[axis] - 1) * strides[axis] + extra[axis] + (kernels[axis] - 1) * dilations[axis] + 1
        total = full - size
        if total < 0:
            raise OpError(f"output_shape has {size}, but without cropping the output has only {full}")
        after.append(total // 2 if word == "SAME_LOWER" else total - total // 2)
        before.append(total - after[-1])
    return tuple(before), tuple(after)


def kernel(call: NodeCall, word: str, x: Flow, weight: Thing, fields: dict[str, Any]) -> list[Thing | None]:
    """Return a layer with a kernel whose weights are stored in the file or computed by the network."""
    bias = call.thing(2) if call.has(2) else None
    inputs = [call.channels_at(x, 1)]
    fields["bias"] = bias is not None
    if isinstance(weight, HeldWeight) and not isinstance(bias, Flow):
        name = call.name(word, weight.stored.name)
        index = call.layer(
            word, inputs, name=name, bits=bits_of(x, weight), shares=tied(call, word, (weight, bias)), **fields
        )
        call.holds(index, "weight", weight)
        if bias is not None:
            call.holds(index, "bias", bias)
        return call.same(x, index)
    arriving = call.flow(1)
    if arriving.batch is not None:
        raise OpError("its weight differs between samples, so it is not the weight of a layer")
    inputs.append(arriving.node)
    if bias is not None:
        inputs.append(call.flow(2).node)
    return call.same(x, call.layer(word, inputs, bits=bits_of(x, arriving), **fields))


def check_rank(rank: int, x: Flow) -> None:
    """Raise OpError unless there are 1 to 3 spatial axes."""
    if not 1 <= rank <= 3:
        raise OpError(f"it has {rank} spatial axes in {sizes_text(x.sizes)}, but calc counts 1 to 3")


def kernel_fields(call: NodeCall, kernels: tuple[int, ...], sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return the kernel size, stride, padding and dilation of a convolution as fields of a spec."""
    rank = len(kernels)
    strides = per_axis(call, "strides", rank, 1)
    dilations = per_axis(call, "dilations", rank, 1)
    return {
        "kernel_size": alike(kernels), "stride": alike(strides), "dilation": alike(dilations),
        "padding": padding(call, kernels, strides, dilations, sizes),
    }  # fmt: skip


def padding(
    call: NodeCall,
    kernels: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    sizes: tuple[int, ...],
) -> Any:
    """Return the field ``padding`` of a spec.

    SAME_UPPER is ``same``, and SAME_LOWER puts the odd position at the start.
    """
    word = call.attribute("auto_pad", "NOTSET")
    rank = len(kernels)
    if word == "VALID":
        return 0
    if word == "SAME_UPPER":
        return "same"
    if word == "SAME_LOWER":
        pairs = []
        for size, each, stride, dilation in zip(sizes, kernels, strides, dilations, strict=True):
            total = max((-(-size // stride) - 1) * stride + (each - 1) * dilation + 1 - size, 0)
            pairs.append((total - total // 2, total // 2))
        return sides(tuple(pairs))
    if word not in ("NOTSET", ""):
        raise OpError(
            f"auto_pad={word[:40]} is not a value that ONNX defines", "SAME_UPPER, SAME_LOWER, VALID or NOTSET"
        )
    pads = call.attribute("pads", (0,) * 2 * rank)
    if len(pads) != 2 * rank:
        raise OpError(f"pads={list(pads)[:8]} does not fit {rank} spatial axes")
    return sides(tuple(zip(pads[:rank], pads[rank:], strict=True)))


def sides(pairs: tuple[tuple[int, int], ...]) -> Any:
    """Return the pairs (before, after) of each axis in the shortest form: one number, one number for each axis, or
    pairs.
    """
    if all(before == after for before, after in pairs):
        return alike(tuple([before for before, _ in pairs]))
    return tuple([before if before == after else (before, after) for before, after in pairs])


def per_axis(call: NodeCall, name: str, rank: int, default: int) -> tuple[int, ...]:
    """Return the value of an attribute for each spatial axis."""
    found = tuple(call.attribute(name, ())) or (default,) * rank
    if len(found) != rank:
        raise OpError(f"{name}={list(found)[:8]} does not fit {rank} spatial axes")
    return found


def alike(values: tuple[float, ...]) -> Any:
    """Return a single number if all ``values`` are equal, and otherwise all of them."""
    return values[0] if len(set(values)) == 1 else tuple(values)


RULES = {"Conv": convolution, "ConvTranspose": transposed}
