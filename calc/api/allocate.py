"""The best bits for a budget."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from calc.allocation.allocate import Allocation
from calc.allocation.allocate import allocate as best
from calc.allocation.budgets import read_budget
from calc.allocation.choices import sensitivities, widths
from calc.allocation.integer_programme import SECONDS
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
    """The bits of each layer of ``network`` that hurt least within all ``budgets``, proved.

    ``budgets``: limits on BitOps, bytes or the peak of activations, such as ``bitops.product=5G`` or
    ``weight_bytes=1.5MiB``, or a policy in place of the amount, for as much as it takes. ``bits``: the widths and
    formats to choose from. ``activations``: ``tied`` to the weights' bits, chosen ``apart``, or one width for all.
    ``sensitivity``: the CSV of ``calc sensitivity``, of which ``column`` is read, and ``activation_column`` where
    activations are chosen apart; ``clip_negative`` reads what is below 0, which is noise, as 0. Without it every layer
    is assumed to lose alike. ``pin``: layers at bits of their own (``classifier=8``). ``tie``: layers of the same
    bits. ``solver``: ``dynamic``, ``integer`` or ``auto``. ``seconds``: what the integer programme may take.

    The result has ``bits``, a pair of name and bits for each layer with MACs, the ``analysis`` at these bits, the
    ``objective`` and the ``gap`` that is not proved.

    Raises Infeasible where no bits meet the budgets, SpecError or OpError for bad input.

    >>> from calc import allocate
    >>> found = allocate("alexnet", "weight_bytes=32MB", bits=[2, 4, 8])
    >>> found.optimal, found.analysis.totals.weight_bytes
    (True, 31820896)
    """
    analysis = analysed(network)
    limits = [budgets] if isinstance(budgets, str) else budgets
    wanted = [bits] if isinstance(bits, (str, int)) else bits
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
        widths([str(text) for text in wanted], str(activations)),
        measured,
        pinned=pin,
        tied=tie,
        solver=solver,
        seconds=seconds,
    )
