"""torchvision's RAFT, arXiv:2003.12039, with a given number of updates; its flows are a tuple."""

from unittest.mock import patch

import torch
from torch import Tensor, nn
from torchvision.models import optical_flow
from torchvision.models.optical_flow.raft import make_coords_grid


def raft(small: bool, updates: int = 12) -> nn.Module:
    network: nn.Module = (optical_flow.raft_small if small else optical_flow.raft_large)()
    flows = network.forward

    def forward(image1: Tensor, image2: Tensor) -> tuple[Tensor, ...]:
        """All in the precision of the images; torchvision's own coordinates are float32 whatever arrives."""

        def coordinates(*sizes: int) -> Tensor:
            return make_coords_grid(*sizes).to(image1.dtype)

        usual = torch.get_default_dtype()
        torch.set_default_dtype(image1.dtype)
        try:
            with patch("torchvision.models.optical_flow.raft.make_coords_grid", coordinates):
                return tuple(flows(image1, image2, num_flow_updates=updates))
        finally:
            torch.set_default_dtype(usual)

    network.forward = forward  # type: ignore[method-assign]  # the module stays torchvision's own, keys included
    return network
