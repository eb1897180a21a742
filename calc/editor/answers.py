"""The requests about a posted text and their answers as data for JSON: counts, the page, an import, a download."""

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
"""The name of the text in messages. Places in this file are marked in the editor."""


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to the request ``asked``, whose key ``do`` says what it is for.

    A text with mistakes is answered with ``problems``, each with its place. The types in ``asked`` must have been
    checked.
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
    """Return the spec of an uploaded file. The process changes into its folder, so that messages show only its name."""
    from calc.editor.dropped import dropped_spec

    home = Path.cwd()
    os.chdir(asked["folder"])
    try:
        found = dropped_spec(asked["file"], asked["sizes"])
    finally:
        os.chdir(home)
    return {"text": found.text, "notes": [printable(note) for note in found.notes]}


def _download(asked: Mapping[str, Any]) -> dict[str, Any]:
    from calc.allocation.policy_file import policy_of
    from calc.report import render
    from calc.report.rows import View

    model = loads(asked["text"], FILE)
    if asked["format"] == "html":
        return {"text": html_page(model, _offered(asked, model), opens=asked["opens"])}
    analysis, dropped = chosen_analysis(asked, model)
    if asked["format"] == "policy":
        return {"text": policy_of(analysis), "dropped": dropped}
    return {"text": render(analysis, asked["format"], View(all_layers=True)), "dropped": dropped}


_ANSWERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "counts": _counts, "page": _page, "import": _import, "download": _download,
}  # fmt: skip
ASKED = tuple(_ANSWERS)


def _offered(asked: Mapping[str, Any], model: ModelSpec) -> Offered:
    return Offered(axes_of_page(asked["vary"], model))


def _problem(problem: Problem) -> dict[str, Any]:
    """Return a problem for the editor: the line and column in the text, if it has any, and the message."""
    place = problem.in_file
    inside = place if place is not None and place.file == FILE else None
    told = problem._replace(place=None) if inside else problem
    return {
        "line": inside.line if inside else None,
        "column": inside.column if inside else None,
        "said": str(told),
    }
