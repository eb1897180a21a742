"""Whether a deployed network gives what the network that it is made of gives: both are run, in float64."""

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
"""The largest difference, relative to the largest output, that is rounding."""


@dataclass(frozen=True)
class DeployedOutputs:
    """How the outputs of both compare. ``relative_difference``: the largest, in parts of the largest value.

    ``faults``: why they cannot be compared, in words; ``relative_difference`` is None then. ``first``: the first layer
    that differs, where one does.
    """

    relative_difference: float | None
    faults: tuple[str, ...] = ()
    first: FirstDifference | None = None

    @property
    def equal(self) -> bool:
        """Whether all outputs are, but for rounding."""
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
    """Run ``original`` with lively weights, and ``deployed`` with these weights folded, on the same seeded inputs.

    ``done`` is told of each layer of either that has run. Raises VerifyError where the outputs are not finite, or too
    flat to show a difference.
    """
    written, smaller = (build(graph, initialise=False) for graph in (original, deployed))
    written.load_state_dict(lively(written.state_dict(), seed))
    written, smaller = written.double(), smaller.double()
    try:
        state = folded_state(original, written, {node.name for node in deployed.nodes})
        # copied and not assigned: tensors that layers share stay one
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
        return DeployedOutputs(None, (f"the outputs are {shapes[0]}, those of the network as written {shapes[1]}",))
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
        raise VerifyError("the outputs of the network as it is written are not finite")
    if all(each.numel() > 1 and bool((each == each.flatten()[0]).all()) for each in outputs):
        raise VerifyError("the outputs of the network as it is written are all one value, which shows no difference")


def _relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference in parts of the largest value; infinite where it is none that can be compared."""
    if not bool(ours.isfinite().all()):
        return float("inf")
    return float((ours - theirs).abs().max()) / (float(theirs.abs().max()) or 1.0)


def _called(original: Graph, deployed: Graph) -> dict[str, str]:
    """By layer of ``deployed`` the layer of ``original`` whose output it puts out: the last that it does as well."""
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
