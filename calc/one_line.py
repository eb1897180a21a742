"""A network and its main totals in one line, which an interactive session shows for a result."""

from collections.abc import Collection, Mapping

from calc.errors import printable
from calc.model.inputs import input_text
from calc.quantities import Totals

SHOWN = {"macs": "MACs", "params": "params", "weight_bytes": "weight bytes"}
"""The totals in the line, with their names."""


def in_one_line(
    model: str, inputs: Mapping[str, tuple[int, ...]], batch: int, policy: str,
    totals: Totals, convention: str, bounds: Collection[str],
) -> str:  # fmt: skip
    """Return a line such as ``Analysis of MobileNetV2 at 3×224×224, bits 8: 300,774,272 MACs, …``.

    ``bounds`` has the names of totals that are lower bounds.
    """
    found = {words: (name, getattr(totals, name)) for name, words in SHOWN.items()}
    found[f"BitOps ({convention})"] = ("bitops", totals.bitops[convention])
    told = [f"{'≥ ' * (name in bounds)}{round(value):,} {words}" for words, (name, value) in found.items()]
    samples = f", batch {batch}" if batch > 1 else ""
    return printable(f"Analysis of {model} at {input_text(inputs)}{samples}, bits {policy}: {', '.join(told)}")
