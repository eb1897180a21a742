"""torchvision's RAFT, arXiv:2003.12039, with a given number of updates; its flows are a tuple."""

from torch import Tensor, nn
from torchvision.models.optical_flow import raft_large, raft_small


def raft(small: bool, updates: int = 12) -> nn.Module:
    network: nn.Module = (raft_small if small else raft_large)()
    flows = network.forward

    def forward(image1: Tensor, image2: Tensor) -> tuple[Tensor, ...]:
        return tuple(flows(image1, image2, num_flow_updates=updates))

    network.forward = forward  # type: ignore[method-assign]  # the module stays torchvision's own, keys included
    return network
