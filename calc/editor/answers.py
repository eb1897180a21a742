"""What is asked of a posted text, and the answers, plain data for JSON: counts, the page, an import, a download."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from calc.editor.chosen import chosen_analysis
from calc.errors import OpError, Problem, SpecError, printable, shown
from calc.page.contents import Offered, contents, preview
from calc.page.document import html_page
from calc.page.offered import axes_of_page
from calc.spec import ModelSpec
from calc.spec.load import loads

FILE = "<editor>"
"""What the text is called in messages: the places in it are what the editor marks."""


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``asked``, whose ``do`` names what; bad text gives ``problems``, each with its place.

    What is asked is of the right types: whoever passes it on has looked.
    """
    try:
        return _ANSWERS[asked["do"]](asked)
    except SpecError as error:
        return {"problems": [_problem(problem) for problem in shown(error.problems)]}
    except OpError as error:
        return {"problems": [_problem(Problem(None, error.fact, error.hint))]}


def _counts(asked: Mapping[str, Any]) -> dict[str, Any]:
    model = loads(asked["text"], FILE)
    found = chosen_analysis(asked, model)
    return {"page": preview(found.analysis), "name": printable(model.name), "dropped": found.dropped}


def _page(asked: Mapping[str, Any]) -> dict[str, Any]:
    model = loads(asked["text"], FILE)
    return {"page": contents(model, _offered(asked, model), {}, {}), "name": printable(model.name)}


def _import(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of a file that lies in the process's other folder; there its name is all that messages say of it."""
    from calc.editor.dropped import dropped_spec

    home = Path.cwd()
    os.chdir(asked["folder"])
    try:
        found = dropped_spec(asked["file"], asked["sizes"])
    finally:
        os.chdir(home)
    return {"text": found.text, "notes": [printable(note) for note in found.notes]}


def _download(asked: Mapping[str, Any]) -> dict[str, Any]:
    from calc.allocation.policy_file import policy_text
    from calc.report import render
    from calc.report.rows import View

    model = loads(asked["text"], FILE)
    if asked["format"] == "html":
        return {"text": html_page(model, _offered(asked, model), opens=asked["opens"])}
    analysis, dropped = chosen_analysis(asked, model)
    if asked["format"] == "policy":
        rows = zip(analysis.graph.nodes, analysis.assigned, strict=True)
        layers = [(node.name, row.bits) for node, row in rows if row is not None]
        if not layers:
            raise OpError(f"{model.name} has no layer with MACs, so there are no bits to write")
        return {"text": policy_text(layers, [f"Bits of {model.name}, by {analysis.policy}"]), "dropped": dropped}
    return {"text": render(analysis, asked["format"], View(all_layers=True)), "dropped": dropped}


_ANSWERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "counts": _counts, "page": _page, "import": _import, "download": _download,
}  # fmt: skip
ASKED = tuple(_ANSWERS)


def _offered(asked: Mapping[str, Any], model: ModelSpec) -> Offered:
    return Offered(axes_of_page(asked["vary"], model))


def _problem(problem: Problem) -> dict[str, Any]:
    """A problem for the editor: the place to mark, where it is in the text, and the message as ``calc`` prints it."""
    place = problem.in_file
    inside = place if place is not None and place.file == FILE else None
    told = problem._replace(place=None) if inside else problem
    return {
        "line": inside.line if inside else None,
        "column": inside.column if inside else None,
        "said": str(told),
    }
