"""Mixture of experts with routing: each token runs only in the experts with its highest scores."""

from typing import Any

import torch
from torch import nn

from calc.ops.base import Op
from calc.ops.base.experts import Dispatch, Experts


class Route:
    """A routing of tokens by ``scores`` (samples, …, experts). A run is one token in one of its ``active`` experts.

    There are ``runs`` over all samples; scores without a batch are used for each sample. ``scores`` has the scores of
    the chosen experts by token. ``token`` is the token of each run, in the order of the experts. ``place`` is the
    position, in the order of the experts, of each run in the order of the tokens. ``sizes`` is the number of runs of
    each expert. On the meta device scores have no values, so the experts take turns: another routing with the same
    number of runs.
    """

    def __init__(self, scores: torch.Tensor, active: int, runs: int) -> None:
        by_token = repeated(scores.flatten(0, -2), runs // active)
        experts = scores.shape[-1]
        if scores.is_meta:
            order = self.place = torch.arange(runs, device="meta")
            self.sizes = [len(range(expert, runs, experts)) for expert in range(experts)]
            self.scores = by_token[:, :active]
        else:
            self.scores, chosen = by_token.topk(active)
            order = chosen.flatten().argsort(stable=True)
            self.place = order.argsort()
            self.sizes = torch.bincount(chosen.flatten(), minlength=experts).tolist()
        self.token = order.div(active, rounding_mode="floor")


class Dispatched(nn.Module):
    """Gives (runs, features): each token once for each of its experts, in the order of the experts."""

    def __init__(self, active: int) -> None:
        super().__init__()
        self.active = active

    def forward(self, x: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        samples = max(len(x), len(scores))
        tokens = repeated(x.flatten(0, -2), samples * x[0].numel() // x.shape[-1])
        return tokens.index_select(0, Route(scores, self.active, len(tokens) * self.active).token)


class Combined(nn.Module):
    """Gives for each token the sum of the outputs of its experts, weighted by the scores."""

    def __init__(self, active: int, normalize: str) -> None:
        super().__init__()
        self.active = active
        self.normalize = normalize

    def forward(self, y: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        route = Route(scores, self.active, len(y))
        weights = route.scores
        if self.normalize == "softmax":
            weights = weights.softmax(-1)
        elif self.normalize == "sum":
            weights = weights / weights.sum(-1, keepdim=True)
        runs = y.index_select(0, route.place).reshape(-1, self.active, y.shape[-1])
        output: torch.Tensor = (runs * weights.unsqueeze(-1)).sum(1)
        return output.reshape(-1, *scores.shape[1:-1], y.shape[-1])


class Copies(nn.Module):
    """One layer of all experts. Its inputs are split between the experts, and their outputs are joined.

    ``routed`` says for each input whether it has one row per run, or one per expert.
    """

    def __init__(self, copies: list[nn.Module], active: int, routed: tuple[bool, ...]) -> None:
        super().__init__()
        for expert, module in enumerate(copies):
            self.add_module(str(expert), module)
        self.active = active
        self.routed = routed

    def forward(self, *inputs: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        copies = list(self.children())
        if all(self.routed) and not any(True for _ in (*self.parameters(), *self.buffers())):
            output: torch.Tensor = copies[0](*inputs)  # all copies are the same, and a view stays a view
            return output
        runs = [len(each) for each, routed in zip(inputs, self.routed, strict=True) if routed]
        sizes = Route(scores, self.active, runs[0]).sizes if runs else []
        parts = [torch.split(each, sizes if routed else 1) for each, routed in zip(inputs, self.routed, strict=True)]
        return torch.cat([module(*[part[at] for part in parts]) for at, module in enumerate(copies)])

    def names(self) -> dict[str, tuple[int, str]]:
        """Return the expert of each key of the state dict, and the key in it.

        This key is empty for a tensor with the layer's name.
        """
        found: dict[str, tuple[int, str]] = {}
        for expert, module in enumerate(self.children()):
            own: Any = getattr(module, "own_tensor", None)
            found |= {f"{expert}.{key}": (expert, "" if key == own else key) for key in module.state_dict()}
        return found


def build(op: Op, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    if isinstance(op, Dispatch):
        return Dispatched(op.active)
    assert isinstance(op, Experts)
    return Combined(op.active, op.normalize)


def repeated(rows: torch.Tensor, wanted: int) -> torch.Tensor:
    """Return ``rows`` repeated until there are ``wanted`` rows."""
    return rows if len(rows) == wanted else rows.repeat(wanted // len(rows), *(1,) * (rows.ndim - 1))
