"""Runs an imported network, however it takes its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram

from calc.frozen import FrozenDict
from verify.importers.arguments import forward_arguments
from verify.importers.load import users_code
from verify.importers.program_arguments import program_arguments
from verify.importers.trace import Traced
from verify.swap import run_with


@dataclass(frozen=True, eq=False)
class Foreign:
    """A network to run. It takes its inputs by ``names``, or as ``program`` does if it was read from a file.

    ``booleans`` has the positions of the inputs that it takes as booleans: every number except 0 is true.
    """

    source: str
    network: nn.Module
    names: tuple[str, ...]
    program: ExportedProgram | None = None
    booleans: frozenset[int] = frozenset()

    def run(
        self, inputs: Sequence[torch.Tensor], tensors: FrozenDict[str, torch.Tensor] | None = None,
        network: nn.Module | None = None,
    ) -> Any:  # fmt: skip
        """Return the result of the network for ``inputs``, with ``tensors`` in place of its own.

        ``network`` is a copy to run instead of the network.

        Raises VerifyError if its forward raises an exception.
        """
        args, kwargs = self._arguments(inputs)
        running = self.network if network is None else network
        with users_code(self.source):
            return run_with(running, tensors, *args, **kwargs) if tensors else running(*args, **kwargs)

    def _arguments(self, inputs: Sequence[torch.Tensor]) -> tuple[Sequence[Any], dict[str, Any]]:
        inputs = [each != 0 if at in self.booleans else each for at, each in enumerate(inputs)]
        if self.program is not None:
            return program_arguments(self.program, inputs)
        return forward_arguments(self.network, dict(zip(self.names, inputs, strict=True)))

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """Every parameter and buffer, under each of its names."""
        network = self.network
        buffers = network.named_buffers(remove_duplicate=False)
        return dict(network.named_parameters(remove_duplicate=False)) | dict(buffers)


def foreign_of(traced: Traced) -> Foreign:
    """Return the network that ``traced`` was traced from."""
    loaded = traced.loaded
    module = loaded.module
    booleans = frozenset(at for at, node in enumerate(traced.inputs) if node.meta["val"].dtype == torch.bool)
    if isinstance(module, ExportedProgram):
        return Foreign(loaded.source, loaded.network(), (), module, booleans)
    return Foreign(loaded.source, module, tuple(loaded.inputs), booleans=booleans)
