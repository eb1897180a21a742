"""Builds lstm, gru and rnn with torch.nn's modules. Their arguments have the names of the ops' fields."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from calc.ops.recurrent import Recurrent
from verify.build.base.batches import same_batch


def one_tensor(
    layer: Callable[..., Any], num_layers: int, returns: str, x: torch.Tensor, *states: torch.Tensor
) -> torch.Tensor:
    """Run torch.nn's ``layer`` on ``x`` and ``states``, with any leading axes, and return the tensor ``returns``."""
    x, *arrived = same_batch(x, *states)
    leading = x.shape[:-2]
    folded = [state.flatten(0, -3).transpose(0, 1).contiguous() for state in arrived]
    # an LSTM has a pair of states, the others have one
    given = (tuple(folded),) if len(folded) > 1 else folded
    outputs, last = layer(x.flatten(0, -3), *given)
    finals = [state.transpose(0, 1) for state in (last if isinstance(last, tuple) else (last,))]
    if returns == "all":
        rows = [state.unflatten(1, (num_layers, -1)).flatten(2) for state in finals]
        returned = torch.cat([outputs, *rows], 1)
    else:
        returned = {"sequence": outputs, "hidden": finals[0], "cell": finals[-1]}[returns]
    return returned.reshape(*leading, *returned.shape[1:])


class OneTensor(nn.RNNBase):
    """A mixin for torch.nn's recurrent layers: any leading axes, and one tensor as the result."""

    returns = "sequence"

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> torch.Tensor:
        return one_tensor(super().forward, self.num_layers, self.returns, x, *states)

    def leave_out_hidden_biases(self) -> None:
        """Keep only the input biases of the gates. The hidden biases are 0 and not in the state dict."""
        for name, parameter in list(self.named_parameters()):
            if name.startswith("bias_hh"):
                delattr(self, name)
                self.register_buffer(name, torch.zeros_like(parameter), persistent=False)


class OneTensorLSTM(OneTensor, nn.LSTM):  # type: ignore[misc] # returns one tensor
    """torch.nn.LSTM that returns one tensor."""


class OneTensorGRU(OneTensor, nn.GRU):  # type: ignore[misc] # returns one tensor
    """torch.nn.GRU that returns one tensor."""


class OneTensorRNN(OneTensor, nn.RNN):  # type: ignore[misc] # returns one tensor
    """torch.nn.RNN that returns one tensor."""


MODULES: dict[str, Callable[..., OneTensor]] = {"lstm": OneTensorLSTM, "gru": OneTensorGRU, "rnn": OneTensorRNN}


def build(op: Recurrent, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's LSTM, GRU or RNN with the features of the input, returning one tensor."""
    settings = {name: value for name, value in op.values().items() if name != "returns"}
    module = MODULES[op.word](inputs[0].shape[-1], batch_first=True, **{**settings, "bias": bool(op.bias)})
    module.returns = op.returns
    if op.bias == "input":
        module.leave_out_hidden_biases()
    return module
