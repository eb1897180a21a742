"""The arithmetic probe: runs every product of a forward pass again on ones, and sums the results."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from verify.measure.closed_world import PRODUCTS, aten, is_free
from verify.measure.errors import MeasureError, ran_out_of_memory
from verify.measure.origins import Origins
from verify.measure.products import Operand, multiplications


class ZeroPadded:
    """A tensor that a layer padded with zeros, and the operand that makes it again from ones."""

    def __init__(self, arguments: dict[str, Any], output: torch.Tensor) -> None:
        self._output = output
        self._version = output._version  # an in-place op would overwrite the padding with data
        pad = (aten.constant_pad_nd.default, (("pad", tuple(arguments["pad"])), ("value", 0)))
        self.operand = Operand(tuple(arguments["self"].shape), steps=(pad,))

    def is_still(self, tensor: Any) -> bool:
        """Return whether ``tensor`` is the padded tensor, unchanged."""
        return tensor is self._output and self._version == tensor._version


class Met(NamedTuple):
    """A product that ``layer`` ran, with ones as operands: ``dense`` with ones as padding, ``effective`` as called."""

    layer: str
    op: OpOverload
    dense: dict[str, Any]
    effective: dict[str, Any]
    by_weight: bool


class Probe(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves its __init_subclass__ untyped
    """Notes the products of each layer while the network runs on meta, and is the watcher that knows the layer.

    ``execute`` then counts them. ``dense_macs`` takes padding as ones. ``effective_macs`` runs each product as it was
    called; zero padding that the layer applied just before a convolution (even kernels with ``padding='same'``, or
    padding per side) belongs to the convolution. ``weight_macs`` are the dense MACs that multiply with a weight. Raises
    MeasureError for an op that closed_world does not list, and for a product outside of all layers.
    """

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.dense_macs = dict.fromkeys(layers, 0)
        self.effective_macs = dict.fromkeys(layers, 0)
        self.weight_macs = dict.fromkeys(layers, 0)
        self._met: list[Met] = []
        self._origins = Origins(layers.values())
        self._running: list[str] = []
        self._padded: list[list[ZeroPadded]] = []  # per running layer, because the output of a pad layer is data

    def enter(self, layer: str) -> None:
        self._running.append(layer)
        self._padded.append([])
        self._origins.next_layer()

    def leave(self, layer: str, output: Any) -> None:
        self._running.pop()
        self._padded.pop()

    def __torch_dispatch__(self, func: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in PRODUCTS:
            self._meet(func, _named(func, args, kwargs))
            output = func(*args, **kwargs)
            self._origins.follow((args, kwargs), output, product=True)
            return output
        if is_free(func):
            output = func(*args, **kwargs)
            self._origins.follow((args, kwargs), output)
            if func is aten.constant_pad_nd.default and self._running:
                arguments = _named(func, args, kwargs)
                if arguments.get("value", 0) == 0:
                    self._padded[-1].append(ZeroPadded(arguments, output))
            return output
        with self:
            output = func.decompose(*args, **kwargs)
        if output is NotImplemented:
            where = self._running[-1] if self._running else ""
            raise MeasureError(f"runs {func}, which is neither a known product nor known to be free", where)
        return output

    def _meet(self, op: OpOverload, arguments: dict[str, Any]) -> None:
        if not self._running:
            raise MeasureError(f"the network runs the product {op} outside of all layers")
        dense = _on_ones(op, arguments)
        effective = dense
        if op is aten.convolution.default:
            for padded in self._padded[-1]:
                if padded.is_still(arguments["input"]):
                    effective = dense | {"input": padded.operand}
            dense = _padded_with_ones(dense)
        factors = [each for name, each in arguments.items() if name != PRODUCTS[op]]
        by_weight = self._origins.multiplies_weight([each for each in factors if isinstance(each, torch.Tensor)])
        self._met.append(Met(self._running[-1], op, dense, effective, by_weight))

    def execute(self) -> None:
        """Run the noted products on ones, after the forward pass, so that no other counter counts them too.

        Raises MeasureError for a product larger than memory.
        """
        for layer, op, dense, effective, by_weight in self._met:
            macs = _multiplications(op, dense, layer)
            self.dense_macs[layer] += macs
            self.effective_macs[layer] += _multiplications(op, effective, layer)
            if by_weight:
                self.weight_macs[layer] += macs
        self._met.clear()


def _multiplications(op: OpOverload, operands: dict[str, Any], layer: str) -> int:
    """Like ``multiplications``, but raise MeasureError with the layer and the sizes if memory is too small."""
    try:
        return multiplications(op, operands)
    except RuntimeError as error:
        if not ran_out_of_memory(error):
            raise
        sizes = " and ".join(str(each.shape) for each in operands.values() if isinstance(each, Operand))
        fact = f"the probe runs {op} on ones of {sizes}, which memory cannot hold"
        raise MeasureError(fact, layer) from None


def _named(op: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    names = [argument.name for argument in op._schema.arguments]
    return dict(zip(names, args, strict=False)) | kwargs


def _on_ones(op: OpOverload, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return ``arguments`` with ones for factors and zeros for the addend, without scales."""
    replaced = {}
    for name, value in arguments.items():
        if name in ("alpha", "beta"):
            continue
        if isinstance(value, torch.Tensor):
            replaced[name] = Operand(tuple(value.shape), value=0 if name == PRODUCTS[op] else 1)
        else:
            replaced[name] = _hashable(value)
    return replaced


def _padded_with_ones(convolution: dict[str, Any]) -> dict[str, Any]:
    """Return the convolution in which each kernel element meets a one: padded with ones, or uncropped if transposed."""
    padding = convolution["padding"]
    nowhere = (0,) * len(padding)
    if not any(padding) and not any(convolution["output_padding"]):
        return convolution
    dense = convolution | {"padding": nowhere, "output_padding": nowhere}
    if not convolution["transposed"]:
        sides = tuple(size for size in reversed(padding) for _ in ("before", "after"))
        dense["input"] = convolution["input"]._replace(
            steps=((aten.constant_pad_nd.default, (("pad", sides), ("value", 1))),)
        )
    return dense


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
