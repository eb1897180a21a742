"""Norms: that of weights by themselves."""

from torch import Tensor, nn
from torch.nn import functional

from tests.verify.importers.lower_check import words_of


class Standardised(nn.Conv2d):
    """A convolution whose weights are normed for each output channel first."""

    def __init__(self) -> None:
        super().__init__(3, 4, 3)
        self.gain = nn.Parameter(self.bias.detach().view(4, 1, 1, 1) + 1)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        gain = (self.gain * 0.5).view(-1)
        weight = functional.batch_norm(rows, None, None, weight=gain, training=True, momentum=0.0, eps=1e-6)
        return functional.conv2d(x, weight.reshape_as(self.weight), self.bias)


def test_weights_that_are_standardised() -> None:
    found = words_of(nn.Sequential(Standardised(), nn.ReLU()), (3, 5, 6))
    assert found == "tensor reshape tensor multiply flatten layer_norm reshape multiply reshape tensor conv2d relu"
