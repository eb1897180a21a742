"""Single steps of recurrent layers in a loop of a forward are imported."""

import pytest
from torch import Tensor, nn

from tests.verify.importers.lower_check import words_of


class Loop(nn.Module):
    """A cell over two tokens, from its zeros, behind an activation in place; its hidden state."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x, state = self.relu(x + 1), None
        for token in range(2):
            state = self.cell(x[:, token], state)
        return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize(
    "cell, tensors, gates",
    [
        (nn.LSTMCell(4, 3), 4, ["sigmoid"] * 6 + ["tanh"] * 4),
        (nn.GRUCell(4, 3, bias=False), 2, ["sigmoid"] * 4 + ["tanh"] * 2),
        (nn.RNNCell(4, 3), 4, ["tanh"] * 2),
        (nn.RNNCell(4, 3, bias=False, nonlinearity="relu"), 2, ["relu"] * 2),
    ],
)
def test_a_cell_is_linears_and_gates_that_read_its_tensors(cell: nn.Module, tensors: int, gates: list[str]) -> None:
    words = words_of(Loop(cell), (2, 4)).split()  # proved: keys of the tensors, MACs and outputs
    assert words.count("linear") == 2 * 2
    assert words.count("tensor") == tensors + 1  # and the zeros
    assert sorted(word for word in words if word in ("sigmoid", "tanh", "relu")) == sorted(["relu", *gates])
