"""Builds lstm, gru and rnn: torch.nn's modules, whose arguments are named as the ops' fields."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from calc.ops.recurrent import Recurrent
from verify.build.base.batches import same_batch


def one_tensor(
    layer: Callable[..., Any], num_layers: int, returns: str, x: torch.Tensor, *states: torch.Tensor
) -> torch.Tensor:
    """What ``layer``, torch.nn's, gives for ``x`` and ``states``, both with any leading axes, as the op returns it."""
    x, *arrived = same_batch(x, *states)
    leading = x.shape[:-2]
    folded = [state.flatten(0, -3).transpose(0, 1).contiguous() for state in arrived]
    # an LSTM takes a pair of states, the others one
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
    """Any leading axes, and one tensor returned, in front of the layer of torch.nn that does the work."""

    returns = "sequence"

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> torch.Tensor:
        return one_tensor(super().forward, self.num_layers, self.returns, x, *states)

    def leave_out_hidden_biases(self) -> None:
        """Let every gate have the bias of its input alone: the other is 0 and no tensor of the state dict."""
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
    """The module of the op's word, its features being those that arrive."""
    settings = {name: value for name, value in op.values().items() if name != "returns"}
    module = MODULES[op.word](inputs[0].shape[-1], batch_first=True, **{**settings, "bias": bool(op.bias)})
    module.returns = op.returns
    if op.bias == "input":
        module.leave_out_hidden_biases()
    return module
