"""Builds pooling_attention."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional

from calc.ops.pooling_attention import PoolingAttention
from verify.build.base.padding import each_axis

Map = Sequence[int]
CONV: Callable[..., nn.Module] = nn.Conv3d


class Pool(nn.Module):
    """A depthwise convolution of the feature map, shared by all heads, and a layer norm of every token."""

    def __init__(self, channels: int, kernel: Map, stride: Map, eps: float) -> None:
        super().__init__()
        padding = [side // 2 for side in kernel]
        self.pool = CONV(channels, channels, kernel, stride, padding, groups=channels, bias=False)
        self.norm_act = nn.Sequential(nn.LayerNorm(channels, eps=eps))

    def forward(self, x: torch.Tensor, size: Map) -> tuple[torch.Tensor, Map]:
        """Return ``x`` (samples, heads, tokens, channels) and the size of its map, after pooling."""
        token, tokens = x[:, :, :1], x[:, :, 1:]
        samples, heads, _, channels = x.shape
        maps = self.pool(tokens.transpose(2, 3).reshape(samples * heads, channels, *size))
        pooled = maps.reshape(samples, heads, channels, -1).transpose(2, 3)
        return self.norm_act(torch.cat((token, pooled), 2)), maps.shape[2:]


class PooledHeads(nn.Module):
    """Projects, pools queries, keys and values, attends, and projects again."""

    def __init__(self, op: PoolingAttention, in_features: int) -> None:
        super().__init__()
        features = in_features if op.out_features is None else op.out_features
        self.heads = op.num_heads
        self.size = op.size
        self.residual_pooling = op.residual_pooling
        head_dim = features // op.num_heads
        self.scale = 1 / head_dim**0.5
        self.qkv = nn.Linear(in_features, 3 * features)
        self.project = nn.Sequential(nn.Linear(features, features))
        stride_q, stride_kv = each_axis(op.stride_q, 3), each_axis(op.stride_kv, 3)
        if op.kernel_q is not None:
            self.pool_q = Pool(head_dim, each_axis(op.kernel_q, 3), stride_q, op.eps)
        if op.kernel_kv is not None:
            self.pool_k = Pool(head_dim, each_axis(op.kernel_kv, 3), stride_kv, op.eps)
            self.pool_v = Pool(head_dim, each_axis(op.kernel_kv, 3), stride_kv, op.eps)
        self.relative_positions = op.relative_positions
        if op.relative_positions:
            side = max(op.size[1:])
            rows = 2 * max(side // stride_q[1], side // stride_kv[1]) - 1
            self.rel_pos_h = nn.Parameter(torch.zeros(rows, head_dim))
            self.rel_pos_w = nn.Parameter(torch.zeros(rows, head_dim))
            self.rel_pos_t = nn.Parameter(torch.zeros(2 * op.size[0] - 1, head_dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        leading = x.shape[:-2]
        x = x.reshape(-1, *x.shape[-2:])
        q, k, v = self.qkv(x).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, q_size = self.pooled("q", q)
        k, k_size = self.pooled("k", k)
        v, _ = self.pooled("v", v)
        scores = torch.matmul(self.scale * q, k.transpose(2, 3))
        if self.relative_positions:
            scores = scores + functional.pad(self.position_bias(q[:, :, 1:], q_size, k_size), (1, 0, 1, 0))
        out = torch.matmul(scores.softmax(-1), v)
        if self.residual_pooling:
            out = torch.cat((out[:, :, :1], out[:, :, 1:] + q[:, :, 1:]), 2)
        projected: torch.Tensor = self.project(out.transpose(1, 2).flatten(2))
        return projected.reshape(*leading, *projected.shape[1:])

    def pooled(self, name: str, x: torch.Tensor) -> tuple[torch.Tensor, Map]:
        """Return ``x`` after its pool, if it has one, and the size of its map."""
        pool = self._modules.get(f"pool_{name}")
        if pool is None:
            return x, self.size
        found: tuple[torch.Tensor, Map] = pool(x, self.size)
        return found

    def position_bias(self, q: torch.Tensor, q_size: Map, k_size: Map) -> torch.Tensor:
        """Return the bias (samples, heads, queries, keys) of the map's tokens, with a term per axis by offset."""
        maps = q.reshape(*q.shape[:2], *q_size, -1)
        total: torch.Tensor | None = None
        for axis, table in ((1, self.rel_pos_h), (2, self.rel_pos_w), (0, self.rel_pos_t)):
            rows = offset_rows(table, q_size[axis], k_size[axis])
            along = maps.movedim(2 + axis, 0)
            keys = [1, 1, 1]
            keys[axis] = k_size[axis]
            term = torch.matmul(along.flatten(1, -2), rows.transpose(1, 2))
            term = term.reshape(*along.shape[:-1], *keys).movedim(0, 2 + axis)
            total = term if total is None else total + term
        assert total is not None
        return total.flatten(5).flatten(2, 4)


def offset_rows(table: torch.Tensor, queries: int, keys: int) -> torch.Tensor:
    """Return the row of ``table`` for each offset along one axis, (queries, keys, channels).

    The coarser axis is stretched.
    """
    wanted = 2 * max(queries, keys) - 1
    if len(table) != wanted:
        stretched = functional.interpolate(table.t().unsqueeze(0), size=wanted, mode="linear")
        table = stretched.squeeze(0).t()
    query = torch.arange(queries, device=table.device)[:, None] * max(keys / queries, 1.0)
    key = (torch.arange(keys, device=table.device)[None, :] + (1.0 - keys)) * max(queries / keys, 1.0)
    return table[(query - key).long()]


def build(op: PoolingAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return MViT's attention, from linear layers, convolutions and separate products."""
    return PooledHeads(op, inputs[0].shape[-1])
