"""Rounds the weights for each training step. The stored weights stay in full precision."""

import torch
from torch import nn

from calc.analysis import Analysis
from verify.build import Network
from verify.quantise import LearnedStep, Quantised, Scheme, quantise_weights, run_quantised
from verify.weight_bits import weight_schemes


class WeightQuantiser(nn.Module):
    """Rounds the weights of ``network`` to the bits of ``analysis``, by max|w| / qmax or by learned step sizes (LSQ).

    The step sizes are parameters of this module. 1 bit is always binary, without a step size.
    """

    def __init__(self, analysis: Analysis, network: Network, learned_steps: bool, per_channel: bool) -> None:
        super().__init__()
        schemes = weight_schemes(analysis, network, per_channel=per_channel)
        parameters = dict(network.named_parameters(remove_duplicate=False))
        learned = {name: scheme for name, scheme in schemes.items() if learned_steps and scheme.kind == "uniform"}
        self.schemes: dict[str, Scheme] = {name: each for name, each in schemes.items() if name not in learned}
        self.names = {name: name.replace(".", "/") for name in learned}  # a module's name holds no dots
        self.steps = nn.ModuleDict(
            {self.names[name]: LearnedStep(scheme, parameters[name].detach()) for name, scheme in learned.items()}
        )

    def rounded(self, network: Network) -> dict[str, Quantised]:
        """Return the rounded weights by parameter name, with gradients to the stored ones. Raises QuantiseError."""
        found = quantise_weights(network, self.schemes)
        parameters = dict(network.named_parameters(remove_duplicate=False))
        for name, key in self.names.items():
            step = self.steps[key]
            assert isinstance(step, LearnedStep)
            found[name] = step.quantise(parameters[name])
        return found

    def run(self, network: Network, inputs: torch.Tensor) -> torch.Tensor:
        """Return the network's output for ``inputs`` with rounded weights."""
        output: torch.Tensor = run_quantised(network, self.rounded(network), inputs)
        return output
