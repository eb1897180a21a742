"""Builds deform_conv2d."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from calc.ops.deform_conv import DeformConv2d
from verify.build.base.batches import same_batch
from verify.build.base.padding import each_axis


class SampledConvolution(nn.Conv2d):
    """A deformable convolution as sampling at the moved positions and one product, which the dispatcher can see.

    torchvision's op does both in one.
    """

    tap_y: torch.Tensor
    tap_x: torch.Tensor

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        rows, columns = self.kernel_size
        grid = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        for name, axis, step in zip(("tap_y", "tap_x"), grid, self.dilation, strict=True):
            self.register_buffer(name, (axis.flatten() * step).float()[:, None, None], persistent=False)

    def forward(  # type: ignore[override]  # the offsets are an input too
        self, x: torch.Tensor, offset: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        x, offset, *masks = same_batch(x, offset, *([] if mask is None else [mask]))
        (batch, channels, *sizes), positions = x.shape, offset.shape[-2:]
        taps = len(self.tap_y)
        groups = offset.shape[1] // (2 * taps)
        moved = offset.reshape(batch, groups, taps, 2, *positions)
        found = []
        for axis, (tap, size) in enumerate(zip((self.tap_y, self.tap_x), sizes, strict=True)):
            first = torch.arange(positions[axis], device=x.device) * self.stride[axis] - int(self.padding[axis])
            place = first.reshape((-1, 1) if axis == 0 else (1, -1)) + tap + moved[:, :, :, axis]
            found.append((2 * place + 1) / size - 1)
        grid = torch.stack(found[::-1], -1).reshape(batch * groups, taps * positions[0], positions[1], 2)
        samples = functional.grid_sample(x.reshape(batch * groups, -1, *sizes), grid, align_corners=False)
        if masks:
            weights = masks[0].reshape(batch * groups, 1, taps * positions[0], positions[1])
            samples = samples * weights
        columns = samples.reshape(batch, channels, taps, -1)
        out = functional.conv2d(columns, self.weight.flatten(2).unsqueeze(-1), self.bias, groups=self.groups)
        return out.reshape(batch, -1, *positions)


def build(op: DeformConv2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a SampledConvolution, with the weights of torchvision.ops.DeformConv2d."""
    fields = {name: tuple(each_axis(getattr(op, name), 2)) for name in ("kernel_size", "stride", "padding", "dilation")}
    return SampledConvolution(inputs[0].shape[1], op.out_channels, groups=op.groups, bias=op.bias, **fields)
