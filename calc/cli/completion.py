"""Completes words in a shell: names, files, and parts of the network that was named before.

Completion runs no code of the user and reads only specs, because importing a source takes too long for a key press.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from calc.errors import OpError, SpecError
from calc.model.graph import Graph
from calc.spec import ModelSpec

SPECS = (".yaml", ".yml", ".json", ".onnx", ".pt2")
"""The endings of files that contain a network."""
RULES = (".yaml", ".yml")
MOST_FILES = 1_000
"""The largest number of files of one folder that are suggested."""

Completer = Callable[..., list[str]]


def complete_networks(incomplete: str) -> list[str]:
    """Return packaged specs, files and folders."""
    from calc.spec.shelf import packaged

    return [*_beginning(packaged(), incomplete), *_files(incomplete, SPECS)]


def complete_claims(incomplete: str) -> list[str]:
    """Return packaged claims and files."""
    from calc.spec.shelf import packaged_claims

    return [*_beginning(packaged_claims(), incomplete), *_files(incomplete, RULES)]


def complete_counters(incomplete: str) -> list[str]:
    """Return the conventions of counters."""
    from calc.conventions import convention_names

    return _beginning(convention_names(), incomplete)


def complete_policies(*usual: str) -> Completer:
    """Return a completer of the ``usual`` policies and of files of rules."""

    def complete_policy(incomplete: str) -> list[str]:
        return [*_beginning(usual, incomplete), *_files(incomplete, RULES)]

    return complete_policy


def complete_layers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the layers of the network named before, one part of their names at a time."""
    graph = _graph(ctx)
    if graph is None:
        return []
    depth = incomplete.count(".") + 1
    names = [".".join(node.name.split(".")[:depth]) for node in graph.nodes[len(graph.inputs) :]]
    return _beginning(names, incomplete)


def complete_params(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the params of the spec named before, such as ``width=``."""
    model = _model(ctx)
    return [] if model is None else _beginning([f"{name}=" for name in model.parameters], incomplete)


def complete_axes(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the params and inputs of the spec named before, which a sweep can vary."""
    model = _model(ctx)
    if model is None:
        return []
    inputs = ["input="] if len(model.inputs) == 1 else [f"input.{name}=" for name in model.inputs]
    return [*complete_params(ctx, incomplete), *_beginning(inputs, incomplete)]


def complete_columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the columns of the file of sensitivities that was given before."""
    path = ctx.params.get("sensitivity")
    with suppress(OSError, ValueError, TypeError), Path(path or "").open(encoding="utf-8-sig") as file:
        return _beginning(file.readline(10_000).strip().split(","), incomplete)
    return []


def complete_limits(incomplete: str) -> list[str]:
    """Return the quantities that a budget can limit, such as ``macs=`` or ``weight_bytes@8=``."""
    from calc.quantities import quantities

    names = [f"{found.name}@8=" if found.at_bits else f"{found.name}=" for found in quantities("lock")]
    return _beginning(names, incomplete)


def complete_allowances(incomplete: str) -> list[str]:
    """Return the quantities of a lock that may be allowed to change, such as ``all=``."""
    from calc.quantities import quantities

    return _beginning(["all=", *[f"{found.name}=" for found in quantities("lock")]], incomplete)


def complete_budgets(incomplete: str) -> list[str]:
    """Return the quantities within which bits can be chosen, such as ``weight_bytes=``."""
    from calc.allocation.quantities import PEAK

    return _beginning([f"{name}=" for name in (*_with_costs(), PEAK)], incomplete)


def complete_fronts(incomplete: str) -> list[str]:
    """Return the quantities of a Pareto front with sensitivity."""
    return _beginning(_with_costs(), incomplete)


def complete_totals(incomplete: str) -> list[str]:
    """Return the quantities of a sweep."""
    from calc.quantities import quantities

    return _beginning([found.name for found in quantities("sweep")], incomplete)


def complete_totals_of_a_list(incomplete: str) -> list[str]:
    """Return the totals that a formula gives, for the last of several that are separated by commas."""
    from calc.quantities import quantities

    before, comma, begun = incomplete.rpartition(",")
    names = [found.name for found in quantities() if found.is_integer]
    return [f"{before}{comma}{name}" for name in _beginning(names, begun)]


def complete_aims(incomplete: str) -> list[str]:
    """Return the totals of a sweep for the last of several that are separated by commas, with its plus sign if any."""
    before, comma, begun = incomplete.rpartition(",")
    plus = "+" if begun.startswith("+") else ""
    return [f"{before}{comma}{plus}{name}" for name in complete_totals(begun.removeprefix("+"))]


def complete_definitions(incomplete: str) -> list[str]:
    """Return the definitions of BitOps, and the conventions of counters."""
    from calc.bitops import CONVENTIONS

    return [*_beginning(CONVENTIONS, incomplete), *complete_counters(incomplete)]


def _with_costs() -> Iterator[str]:
    from calc.quantities import quantities

    yield from [found.name for found in quantities() if found.cost is not None]


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _files(incomplete: str, endings: tuple[str, ...]) -> list[str]:
    """Return files with one of ``endings``, and folders.

    Names that begin with a dot are only returned if the word does.
    """
    folder, slash, begun = incomplete.rpartition("/")
    try:
        found = sorted(Path(folder + slash or ".").iterdir())[:MOST_FILES]
    except (OSError, ValueError):
        return []
    fitting = [path for path in found if path.name.startswith(begun or "") and (begun or path.name[0] != ".")]
    names = {path: f"{folder}{slash}{path.name}" for path in fitting}
    return [
        f"{names[path]}/" if path.is_dir() else names[path]
        for path in fitting
        if path.is_dir() or path.name.lower().endswith(endings)
    ]


def _model(ctx: typer.Context) -> ModelSpec | None:
    """Return the spec named before, if it can be read."""
    from calc.sources import load, read_source

    # ctx.args has it while the value of an option is completed
    given: Any = ctx.params.get("spec") or next(iter(ctx.args), "")
    if not isinstance(given, str) or given == "-" or not given:
        return None
    with suppress(SpecError, OpError):
        if read_source(given) is None:
            return load(given, pipes="no")
    return None


def _graph(ctx: typer.Context) -> Graph | None:
    from calc.spec import expand
    from calc.spec.options import assignments, input_sizes

    model = _model(ctx)
    if model is not None:
        with suppress(SpecError, OpError):
            return expand(model, assignments(ctx.params.get("set_"), model), input_sizes(ctx.params.get("input_")))
    return None
