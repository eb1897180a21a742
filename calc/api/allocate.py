"""Chooses the best bits for each layer within budgets."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from calc.allocation.allocate import Allocation
from calc.allocation.allocate import allocate as best
from calc.allocation.budgets import read_budget
from calc.allocation.choices import sensitivities, widths
from calc.allocation.integer_programme import SECONDS
from calc.api.arguments import policy_texts
from calc.api.network import Network, analysed
from calc.errors import each


def allocate(
    network: Network,
    budgets: str | Iterable[str],
    bits: str | int | Iterable[str | int] = "2..8",
    *,
    activations: str | int = "tied",
    sensitivity: str | Path | None = None,
    column: str | None = None,
    activation_column: str | None = None,
    clip_negative: bool = False,
    pin: Sequence[str] = (),
    tie: Sequence[str] = (),
    solver: str = "auto",
    seconds: float = SECONDS,
) -> Allocation:
    """Choose the best bits for each layer within budgets.

    Args:
        network: The name or file of a spec, a loaded spec, a graph or an analysis.
        budgets: One or several limits on BitOps, bytes or the peak of activations: ``bitops.product=5G``,
            ``weight_bytes=1.5MiB``. A policy in place of the amount means the cost under this policy.
        bits: The widths and formats to choose from.
        activations: The bits of activations: ``tied`` to those of the weights, chosen ``apart``, or one width for all.
        sensitivity: A CSV of ``calc sensitivity``; by default every layer is assumed to lose 4^−bits, as the error of
            rounding to a uniform grid has the variance step² / 12.
        column: The column of this file to use.
        activation_column: The column for activations, if they are chosen apart.
        clip_negative: Treat negative sensitivities, which are noise, as 0.
        pin: Layers with fixed bits, such as ``classifier=8``.
        tie: Layers that get the same bits.
        solver: ``dynamic`` (one budget on a sum), ``integer`` (needs highspy), or ``auto``.
        seconds: The time limit of the integer solver.

    Returns:
        ``bits``, a pair of name and bits for each layer with MACs; the ``analysis`` at these bits; the ``objective``,
        which is the total sensitivity; and the ``gap`` to the proved bound, 0 if the choice is ``optimal``.

        The problem is the multiple-choice knapsack problem, solved by the dynamic programme of Nemhauser and Ullmann
        (1969) with the bounds of Pisinger (1995), or by HiGHS. ``docs/allocation.md`` explains both. The formulas of
        the budgets are those of ``docs/quantities.md``.

    Raises:
        Infeasible: No choice meets the budgets.
        SpecError: The network cannot be read.
        OpError: An argument is wrong.

    >>> from calc import allocate
    >>> found = allocate("alexnet", "weight_bytes=32MB", bits=[2, 4, 8])
    >>> found.optimal, found.analysis.totals.weight_bytes
    (True, 31820896)
    """
    analysis = analysed(network)
    limits = [budgets] if isinstance(budgets, str) else budgets
    measured = sensitivities(
        analysis,
        None if sensitivity is None else str(sensitivity),
        column,
        activation_column,
        clip_negative,
        activations == "apart",
    )
    return best(
        analysis,
        each("--budget", limits, lambda text: read_budget(text, analysis)),
        widths(policy_texts(bits), str(activations)),
        measured,
        pinned=pin,
        tied=tie,
        solver=solver,
        seconds=seconds,
    )
