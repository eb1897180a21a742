"""Long short-term memory, torch.nn.LSTM."""

from calc.errors import OpError
from calc.ops.base.fields import Natural
from calc.ops.base.recurrent import Recurrent


class Lstm(Recurrent):
    """Four gates; with ``proj_size`` the state is projected to so many features after every token."""

    word = "lstm"
    gates = 4
    cell_elementwise = {"sigmoid": 3, "tanh": 2, "multiply": 3, "add": 4 + 1}

    proj_size: Natural = 0

    def check(self) -> None:
        if self.proj_size >= self.hidden_size:
            raise OpError(f"proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}")

    @property
    def output_size(self) -> int:
        return self.proj_size or self.hidden_size
