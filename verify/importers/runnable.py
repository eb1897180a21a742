"""Refuses modules that cannot run: their parameters have no sizes yet, or their forward returns no tensor."""

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

from torch import nn

from calc.importing.other_sizes import first_few
from verify.errors import VerifyError


def require_runnable(source: str, network: nn.Module) -> None:
    """Raise VerifyError if ``network`` has parameters without sizes, or an asynchronous or generator forward."""
    _require_sizes(source, network)
    forward = network.forward
    if iscoroutinefunction(forward) or isasyncgenfunction(forward):
        fact, hint = "is asynchronous, and returns no tensor when it is called", "asyncio.run(self.net(x))"
    elif isgeneratorfunction(forward):
        fact, hint = "is a generator (yield), and returns no tensor when it is called", "list(self.net(x))"
    else:
        return
    raise VerifyError(f"{source}: its forward {fact}", f"import a module of your own whose forward returns {hint}")


def _require_sizes(source: str, network: nn.Module) -> None:
    lazy = [
        f"{path or 'the network itself'} ({type(module).__name__})"
        for path, module in network.named_modules()
        if any(isinstance(each, nn.UninitializedParameter) for each in module._parameters.values())
        or any(isinstance(each, nn.UninitializedBuffer) for each in module._buffers.values())
    ]
    if lazy:
        raise VerifyError(
            f"{source}: {first_few(lazy)}: parameters without sizes, which they get when the network first runs",
            "give the layers their sizes, or run the network once in the callable: net(torch.zeros(2, 3, 224, 224))",
        )
