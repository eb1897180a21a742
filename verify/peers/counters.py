"""The counters, one function for each.

Each function takes a network in eval mode and its inputs, and returns the totals by the names of the conventions.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from verify.build import Inputs

Totals = dict[str, Any]


def fvcore(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with fvcore.nn.FlopCountAnalysis."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(network, inputs)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return {"fvcore": analysis.total()}


def thop(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with thop.profile."""
    from thop import profile

    return {"thop": profile(network, inputs, verbose=False)[0]}


def ptflops(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with ptflops and its default backend, aten."""
    return {"ptflops": _ptflops(network, inputs, "aten")}


def ptflops_pytorch(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with ptflops and its pytorch backend."""
    return {"ptflops-pytorch": _ptflops(network, inputs, "pytorch")}


def _ptflops(network: nn.Module, inputs: Inputs, backend: str) -> int | None:
    from ptflops import get_model_complexity_info

    parameter = next(iter(network.parameters()), inputs[0])
    images = len(inputs) == 1 and inputs[0].dtype == parameter.dtype
    constructor = None if images else (lambda _: {"given": inputs})
    macs, _ = get_model_complexity_info(
        network if images else _Given(network),
        tuple(inputs[0].shape[1:]),
        as_strings=False,
        print_per_layer_stat=False,
        backend=backend,
        input_constructor=constructor,
    )
    return macs  # type: ignore[no-any-return]  # ptflops has no annotations


class _Given(nn.Module):
    """``network`` for a counter that passes the inputs as keyword arguments."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Inputs) -> Any:
        return self.network(*given)


def torchinfo(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with torchinfo.summary."""
    from torchinfo import summary

    return {"torchinfo": summary(network, input_data=list(inputs), verbose=0, device="cpu").total_mult_adds}


def calflops(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with calflops.calculate_flops."""
    from calflops import calculate_flops

    if next(network.parameters(), None) is None:  # calflops reads the device of the first parameter
        network.register_parameter("unused", nn.Parameter(torch.zeros(1)))
    flops, macs, _ = calculate_flops(network, args=list(inputs), output_as_string=False, print_results=False)
    return {"calflops": macs, "calflops-flops": flops}


def deepspeed(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with DeepSpeed's get_model_profile."""
    from deepspeed.profiling.flops_profiler import get_model_profile

    flops, macs, _ = get_model_profile(network, args=list(inputs), print_profile=False, as_string=False, warm_up=0)
    return {"deepspeed": macs, "deepspeed-flops": flops}


def torchprofile(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with torchprofile.profile_macs."""
    from torchprofile import profile_macs

    return {"torchprofile": profile_macs(network, inputs)}


def torch_flops(network: nn.Module, inputs: Inputs) -> Totals:
    """Count with torch.utils.flop_counter.FlopCounterMode, on the CPU."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        network(*inputs)
    return {"torch": counter.get_total_flops()}


COUNTERS: dict[str, Callable[[nn.Module, Inputs], Totals]] = {
    "fvcore": fvcore,
    "thop": thop,
    "ptflops": ptflops,
    "ptflops-pytorch": ptflops_pytorch,
    "torchinfo": torchinfo,
    "calflops": calflops,
    "deepspeed": deepspeed,
    "torchprofile": torchprofile,
    "torch": torch_flops,
}
