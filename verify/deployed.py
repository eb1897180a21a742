"""Checks that a deployed network gives the same outputs as the original network. Both run in float64."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from calc.model.graph import Graph
from verify.build import Inputs, Network, build
from verify.errors import VerifyError
from verify.first_difference import FirstDifference, first_output
from verify.fold import folded_state
from verify.lively import lively
from verify.measure.hooks import Ticker, watched

TOLERANCE = 1e-10
"""The largest difference that counts as rounding, as a fraction of the largest output."""


@dataclass(frozen=True)
class DeployedOutputs:
    """The result of the comparison.

    ``relative_difference`` is the largest difference, as a fraction of the largest value. It is None if the outputs
    cannot be compared; ``faults`` then says why. ``first`` is the first layer that differs, if one does.
    """

    relative_difference: float | None
    faults: tuple[str, ...] = ()
    first: FirstDifference | None = None

    @property
    def equal(self) -> bool:
        """Whether all outputs are equal, apart from rounding."""
        return self.relative_difference is not None and self.relative_difference <= TOLERANCE

    def __str__(self) -> str:
        if self.relative_difference is None:
            return "; ".join(self.faults)
        if not self.relative_difference:
            return "identical in float64"
        return f"{'equal to' if self.equal else 'DIFFER by'} {self.relative_difference:.0e} in float64"


def compare_deployed(
    original: Graph, deployed: Graph, batch: int = 1, seed: int = 0, done: Callable[[int], object] = lambda layers: None
) -> DeployedOutputs:
    """Run ``original`` with seeded random weights and ``deployed`` with these weights folded, on the same inputs.

    ``done`` is called after each layer of both. Raises VerifyError if the outputs are not finite, or are all equal, so
    that they show no difference.
    """
    written, smaller = (build(graph, initialise=False) for graph in (original, deployed))
    written.load_state_dict(lively(written.state_dict(), seed))
    written, smaller = written.double(), smaller.double()
    try:
        state = folded_state(original, written, {node.name for node in deployed.nodes})
        # copied, not assigned, so that tensors that layers share stay one tensor
        smaller.load_state_dict({key: state[key] for key in smaller.state_dict()})
    except (KeyError, RuntimeError, VerifyError) as error:
        return DeployedOutputs(None, (f"the weights do not fit the deployed network: {error}",))
    inputs = tuple([each.double() if each.is_floating_point() else each for each in Network.sample(original, batch)])
    with torch.no_grad():
        with watched(written.layers, Ticker(done)):
            expected = _outputs(written, inputs)
        with watched(smaller.layers, Ticker(done)):
            found = _outputs(smaller, inputs)
    _require_lively(expected)
    if [each.shape for each in expected] != [each.shape for each in found]:
        shapes = [", ".join([str(tuple(each.shape)) for each in outputs]) for outputs in (found, expected)]
        fact = f"the outputs are {shapes[0]}, but {shapes[1]} in the network as written"
        return DeployedOutputs(None, (fact,))
    difference = max([_relative(ours, theirs) for ours, theirs in zip(found, expected, strict=True)])
    compared = DeployedOutputs(difference)
    if compared.equal:
        return compared
    first = first_output(
        smaller, written, inputs, lambda network, x: network(*x), TOLERANCE, _called(original, deployed)
    )
    return DeployedOutputs(difference, first=first)


def _outputs(network: Network, inputs: Inputs) -> list[torch.Tensor]:
    returned = network(*inputs)
    return list(returned) if isinstance(returned, tuple) else [returned]


def _require_lively(outputs: list[torch.Tensor]) -> None:
    if not all(bool(each.isfinite().all()) for each in outputs):
        raise VerifyError("the outputs of the network as written are not finite")
    if all(each.numel() > 1 and bool((each == each.flatten()[0]).all()) for each in outputs):
        raise VerifyError("the outputs of the network as written are all equal, so they show no difference")


def _relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """Return the largest difference as a fraction of the largest value; infinite if ``ours`` are not finite."""
    if not bool(ours.isfinite().all()):
        return float("inf")
    return float((ours - theirs).abs().max()) / (float(theirs.abs().max()) or 1.0)


def _called(original: Graph, deployed: Graph) -> dict[str, str]:
    """Return the layer of ``original`` with the output of each layer of ``deployed``: the last folded into it."""
    left = {node.name for node in deployed.nodes}
    found: dict[str, str] = {}
    does: dict[int, str] = {}
    for index, node in enumerate(original.nodes):
        if node.name in left:
            does[index] = node.name
        elif not node.training_only:
            does[index] = does[node.inputs[0]]
        else:
            continue
        found[does[index]] = node.name
    return found
