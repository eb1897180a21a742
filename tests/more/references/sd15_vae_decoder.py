"""The decoder of Stable Diffusion's autoencoder, arXiv:2112.10752, with the names of diffusers' AutoencoderKL."""

from torch import Tensor, nn
from torch.nn.functional import interpolate, silu


def norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.norm1 = norm(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = norm(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if in_channels != out_channels:
            self.conv_shortcut = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(silu(self.norm2(self.conv1(silu(self.norm1(x))))))
        return y + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)


class Attention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.group_norm = norm(channels)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.group_norm(x).flatten(2).transpose(1, 2)
        scores = self.to_q(tokens) @ self.to_k(tokens).transpose(1, 2) / x.shape[1] ** 0.5
        mixed = self.to_out(scores.softmax(2) @ self.to_v(tokens))
        return x + mixed.transpose(1, 2).reshape(x.shape)


class MidBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(channels, channels), ResnetBlock(channels, channels)])
        self.attentions = nn.ModuleList([Attention(channels)])

    def forward(self, x: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(interpolate(x, scale_factor=2.0))


class UpBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, resnets: int, doubled: bool) -> None:
        super().__init__()
        widths = [in_channels] + resnets * [out_channels]
        self.resnets = nn.Sequential(*map(ResnetBlock, widths[:-1], widths[1:]))
        self.upsamplers = nn.Sequential(*[Upsample(out_channels)] * doubled)

    def forward(self, x: Tensor) -> Tensor:
        return self.upsamplers(self.resnets(x))


class Decoder(nn.Module):
    def __init__(self, width: int, resnets: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(4, 4 * width, 3, padding=1)
        self.mid_block = MidBlock(4 * width)
        self.up_blocks = nn.Sequential(
            UpBlock(4 * width, 4 * width, resnets, True),
            UpBlock(4 * width, 4 * width, resnets, True),
            UpBlock(4 * width, 2 * width, resnets, True),
            UpBlock(2 * width, width, resnets, False),
        )
        self.conv_norm_out = norm(width)
        self.conv_out = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.up_blocks(self.mid_block(self.conv_in(x)))
        return self.conv_out(silu(self.conv_norm_out(x)))


class Sd15VaeDecoder(nn.Module):
    def __init__(self, width: int = 128, resnets: int = 3) -> None:
        super().__init__()
        self.post_quant_conv = nn.Conv2d(4, 4, 1)
        self.decoder = Decoder(width, resnets)

    def forward(self, z: Tensor) -> Tensor:
        return self.decoder(self.post_quant_conv(z))
