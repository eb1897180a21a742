"""Runs a network with quantised weights. The stored weights do not change."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from verify.quantise.errors import QuantiseError
from verify.quantise.quantised import Quantised, quantise
from verify.quantise.scheme import Scheme
from verify.swap import run_with


def quantise_weights(module: nn.Module, schemes: Mapping[str, Scheme]) -> dict[str, Quantised]:
    """Quantise the parameters of ``module`` that ``schemes`` names, by full name as in its state dict.

    A tensor with several names is quantised once. Raises QuantiseError for an unknown name, for two schemes on one
    tensor, and, with the name, for all that ``quantise`` refuses.
    """
    parameters = dict(module.named_parameters(remove_duplicate=False))
    done: dict[int, tuple[str, Quantised]] = {}
    result = {}
    for name, scheme in schemes.items():
        if name not in parameters:
            raise QuantiseError(f"no parameter is named {name}", f"the network has {', '.join(parameters)}")
        parameter = parameters[name]
        if id(parameter) not in done:
            try:
                done[id(parameter)] = name, quantise(parameter, scheme)
            except QuantiseError as error:
                raise QuantiseError(f"{name}: {error.fact}", error.hint) from None
        first, result[name] = done[id(parameter)]
        if result[name].scheme != scheme:
            raise QuantiseError(f"{first} and {name} are one tensor, but have two schemes", "give both one scheme")
    return result


def run_quantised(module: nn.Module, quantised: Mapping[str, Quantised], *args: Any, **kwargs: Any) -> Any:
    """Run ``module(*args, **kwargs)`` with the values of ``quantised`` in place of the parameters of these names.

    A tensor that several modules share is replaced in all of them. Gradients reach the stored parameters through the
    straight-through estimator. Buffers, such as running statistics, are updated as usual.
    """
    values = {name: each.values for name, each in quantised.items()}
    return run_with(module, values, *args, **kwargs)
