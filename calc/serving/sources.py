"""Reads the sources of a device's figures.

A file names one source for all figures, or several sources, each with the list of figures that it states.
"""

from collections.abc import Collection

from calc.errors import Nearest
from calc.frozen import FrozenDict
from calc.serving.figures import Figures
from calc.spec.tree import Mapping, Scalar, Sequence, Value

_NEEDS = "source is a text, or a mapping of texts to lists of the figures that each states"


def sources_of(given: Figures, figures: Collection[str]) -> FrozenDict[str, str]:
    """Return the source of each figure; empty if the file names none.

    A figure without a source or with two sources is recorded as a fault of ``given``.
    """
    node = given.value("source")
    if not isinstance(node, Mapping):
        text = given.text("source")
        return FrozenDict(dict.fromkeys(figures, text) if text else {})
    found: dict[str, str] = {}
    for text, stated in node.entries.items():
        for item in _listed(given, stated):
            if item.text not in figures:
                given.fault(item, f"source: {item.text[:60]} is not a figure of this file", Nearest(item.text, figures))
            elif item.text in found:
                given.fault(item, f"source: {item.text} has two sources", "name one source for each figure")
            else:
                found[item.text] = text
    lacking = [figure for figure in figures if figure not in found]
    if lacking:
        given.fault(node, f"source: there is none for {', '.join(lacking)}", "name one source for each figure")
    return FrozenDict({figure: found.get(figure, "") for figure in figures})


def sources_text(sources: FrozenDict[str, str]) -> str:
    """Return each source once. If there are several, each follows the figures that it states."""
    by_text: dict[str, list[str]] = {}
    for figure, text in sources.items():
        by_text.setdefault(text, []).append(figure)
    if len(by_text) < 2:
        return "".join(by_text)
    return "; ".join([f"{', '.join(figures)}: {text}" for text, figures in by_text.items()])


def _listed(given: Figures, node: Value) -> list[Scalar]:
    items = node.items if isinstance(node, Sequence) else []
    found = [item for item in items if isinstance(item, Scalar)]
    if not found or len(found) < len(items):
        given.fault(node, _NEEDS)
    return found
