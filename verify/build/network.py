"""The whole network as one module, which runs its layers in the order of the graph."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch
from verify.build.base.experts import Copies
from verify.errors import VerifyError, refused
from verify.masks import drawn_mask, masks_of

Inputs = tuple[torch.Tensor, ...]
"""The tensors on which a network runs, batch first, in the order of its inputs."""


class Network(nn.Module):
    """A network of layers in the order of execution. Each layer is a module at the path that its name gives.

    Layers for training only are held but do not run. In the state dict, a tensor with the layer's own name, such as a
    class token, has this name, and a tensor of an expert has that of the expert. A layer that runs again is there once.
    """

    def __init__(self, graph: Graph, modules: list[nn.Module]) -> None:
        super().__init__()
        names = [node.name for node in graph.layers]
        self.layer_names = tuple(names)
        self._layers = tuple(modules)  # a tuple, so that torch does not register them twice
        self._arriving = len(graph.inputs)
        self._inputs = tuple(node.inputs for node in graph.layers)
        scores = scores_read(graph)
        self._scores = tuple(scores.get(index) for index in range(self._arriving, len(graph.nodes)))
        self.places = {name: at for at, node in enumerate(graph.layers) for name in node.names}
        """The position of the layer by its name, or by the names of its copies, with which state-dict keys begin."""
        self._run = tuple(not node.training_only for node in graph.layers)
        self.output_names = tuple(graph.outputs)
        self.outputs = tuple(graph.outputs.values())
        reads = [
            inputs if of_experts is None else (*inputs, of_experts)
            for inputs, of_experts in zip(self._inputs, self._scores, strict=True)
        ]
        self._last_use = _last_uses(reads, self._run, self._arriving, self.outputs)
        self._own_tensors: dict[str, str] = {}
        for node, module in zip(graph.layers, modules, strict=True):
            self._place(node.name, module)
            own = getattr(module, "own_tensor", None)
            if own is not None and own in module.state_dict():
                self._own_tensors[f"{node.name}.{own}"] = node.name
            if isinstance(module, Copies):
                copies = node.names
                for key, (expert, within) in module.names().items():
                    self._own_tensors[f"{node.name}.{key}"] = f"{copies[expert]}.{within}".removesuffix(".")
        self._again_keys = {
            _key(own, tensor): _key(of_owner, tensor)
            for node in graph.layers
            for tensor, owner in node.tied.items()
            for own, of_owner in zip(node.names, graph.nodes[owner].names, strict=True)
            if node.again
        }
        self.register_state_dict_post_hook(_rename_own_tensors)  # type: ignore[no-untyped-call]  # torch's
        self.register_load_state_dict_pre_hook(_restore_own_tensors)  # type: ignore[no-untyped-call]  # torch's

    @property
    def layers(self) -> dict[str, nn.Module]:
        """The module of each layer, by its name, in execution order."""
        return dict(zip(self.layer_names, self._layers, strict=True))

    @staticmethod
    def sample(graph: Graph, batch: int, device: str | torch.device = "cpu", seed: int = 0) -> Inputs:
        """Return seeded inputs of ``graph`` for ``batch`` samples: normal numbers, token ids of 0, and masks."""
        generator, found = torch.Generator().manual_seed(seed), []
        masks = masks_of(graph)
        for index in graph.inputs.values():
            sizes = (batch, *graph.nodes[index].shape.sizes)
            if graph.nodes[index].output.dtype == "int64":
                found.append(torch.zeros(sizes, dtype=torch.int64, device=device))
            elif torch.device(device).type == "meta":
                found.append(torch.empty(sizes, device="meta"))
            elif index in masks:
                found.append(drawn_mask(sizes, generator).to(device))
            else:
                found.append(torch.randn(sizes, generator=generator).to(device))
        return tuple(found)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
        """Run on ``inputs`` (batch, *sizes) and return the output, or a tuple of several outputs.

        Tensors that no later layer reads are freed. Raises VerifyError for a wrong number of inputs.
        """
        if len(inputs) != self._arriving:
            raise VerifyError(f"the network has {self._arriving} inputs, but got {len(inputs)}")
        values = self.advance(list(inputs), len(self._layers))
        found = tuple(value for value in (values[index] for index in self.outputs) if value is not None)
        assert len(found) == len(self.outputs)
        return found[0] if len(found) == 1 else found

    def advance(self, values: list[torch.Tensor | None], stop: int) -> list[torch.Tensor | None]:
        """Run the next layers until ``stop`` layers have run, and return the new values.

        ``values`` are the inputs and the outputs of the layers so far; a value that no later layer reads is None. The
        given list does not change, so that several runs can start from it.

        Raises VerifyError with the layer that torch cannot run.
        """
        values = list(values)
        for layer in range(len(values) - self._arriving, stop):
            if not self._run[layer]:
                values.append(None)
                continue
            try:
                scores = self._scores[layer]
                further = {} if scores is None else {"scores": values[scores]}
                values.append(self._layers[layer](*[values[index] for index in self._inputs[layer]], **further))
            except RuntimeError as error:
                raise refused(error, self.layer_names[layer]) from error
            for index in self._last_use[layer]:
                values[index] = None
        return values

    def _place(self, name: str, module: nn.Module) -> None:
        *path, last = name.split(".")
        parent: nn.Module = self
        for part in path:
            child = parent._modules.get(part)
            if child is None:
                child = parent._modules[part] = nn.Module()
            parent = child
        # add_module refuses the names of nn.Module's methods, such as `half` or `type`
        parent._modules[last] = module


def scores_read(graph: Graph) -> dict[int, int]:
    """Return the node of the router's scores, for each node inside experts."""
    scores = {node.experts: node.inputs[1] for node in graph.nodes if isinstance(node.op, Dispatch)}
    inside = [(index, node) for index, node in enumerate(graph.nodes) if node.experts is not None]
    return {index: scores[node.experts] for index, node in inside if not isinstance(node.op, Dispatch)}


def _last_uses(
    inputs: Sequence[tuple[int, ...]], run: Sequence[bool], arriving: int, outputs: tuple[int, ...]
) -> tuple[tuple[int, ...], ...]:
    """Return the values that are not needed after each layer.

    A value that no layer reads belongs to the layer that makes it.
    """
    last = {arriving + layer: layer for layer in range(len(inputs))}
    for layer, indices in enumerate(inputs):
        if run[layer]:
            last.update(dict.fromkeys(indices, layer))
    for output in outputs:
        last.pop(output, None)
    freed: list[list[int]] = [[] for _ in inputs]
    for index, layer in last.items():
        freed[layer].append(index)
    return tuple(map(tuple, freed))


def _key(layer: str, tensor: str) -> str:
    return f"{layer}.{tensor}" if tensor else layer


def _rename_own_tensors(module: Any, state: dict[str, Any], prefix: str, _metadata: Any) -> None:
    for held, name in module._own_tensors.items():
        state[prefix + name] = state.pop(prefix + held)
    for key in module._again_keys:
        del state[prefix + key]


def _restore_own_tensors(module: Any, state: dict[str, Any], prefix: str, *_rest: Any) -> None:
    for key, owner in module._again_keys.items():
        if prefix + owner in state:
            state[prefix + key] = state[prefix + owner]
    for held, name in module._own_tensors.items():
        if prefix + name in state:
            state[prefix + held] = state.pop(prefix + name)
