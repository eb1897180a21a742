"""What is asked of a posted text, and the answers, plain data for JSON: counts, the page, an import, a download."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from calc.analysis import Analysis, analyse
from calc.counts import Counts
from calc.errors import OpError, Problem, SpecError, printable, shown
from calc.model.graph import Bits, Graph
from calc.page.contents import Offered, contents, preview
from calc.page.document import html_page
from calc.page.offered import PHASE, axes_of_page, call_params, start_of_call
from calc.precision import Assigned, Assignment, Policy, resolve
from calc.spec import ModelSpec
from calc.spec.load import loads
from calc.spec.shelf import SUFFIXES
from calc.sweeps.axes import INPUT, read_axis
from calc.tape.trace import BATCH

FILE = "<editor>"
"""What the text is called in messages: the places in it are what the editor marks."""


class Controls(NamedTuple):
    """What the controls of the page say, as ``analyse`` takes it."""

    params: dict[str, Any]
    sizes: dict[str, tuple[int, ...]]
    batch: int
    policy: Policy
    deployed: bool
    kv: str | None
    counter: str | None

    def analysis(self, model: ModelSpec) -> Analysis:
        """The network at these values."""
        return analyse(
            model, self.params, self.sizes or None, bits=self.policy, batch=self.batch, deployed=self.deployed,
            kv=self.kv, count_as=self.counter,
        )  # fmt: skip


class OwnBits(NamedTuple):
    """``policy``, with ``bits`` of single layers, weights and activations, in place of those that it gives them."""

    policy: Policy
    bits: Mapping[str, tuple[int, int]]

    @property
    def name(self) -> str:
        return self.policy.name

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        assigned = self.policy.assign(graph, counts)
        return tuple(
            [
                row if row is None or node.name not in self.bits else Assigned(Bits(*self.bits[node.name]), "chosen")
                for node, row in zip(graph.nodes, assigned, strict=True)
            ]
        )


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
    """Of a text that can no longer be what the controls say, the counts as it stands."""
    model = loads(asked["text"], FILE)
    controls = _controls(asked, model)
    try:
        analysis, is_chosen = controls.analysis(model), True
    except SpecError:
        analysis, is_chosen = controls._replace(params={}, sizes={}).analysis(model), False
    return {"page": preview(analysis), "name": printable(model.name), "chosen": is_chosen}


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
        return {"text": html_page(model, _offered(asked, model))}
    analysis = _controls(asked, model).analysis(model)
    if asked["format"] == "policy":
        rows = zip(analysis.graph.nodes, analysis.assigned, strict=True)
        layers = [(node.name, row.bits) for node, row in rows if row is not None]
        if not layers:
            raise OpError(f"{model.name} has no layer with MACs, so there are no bits to write")
        return {"text": policy_text(layers, [f"Bits of {model.name}, by {analysis.policy}"])}
    return {"text": render(analysis, asked["format"], View(all_layers=True))}


_ANSWERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "counts": _counts, "page": _page, "import": _import, "download": _download,
}  # fmt: skip
ASKED = tuple(_ANSWERS)


def _offered(asked: Mapping[str, Any], model: ModelSpec) -> Offered:
    return Offered(axes_of_page(asked["vary"], model))


def _controls(asked: Mapping[str, Any], model: ModelSpec) -> Controls:
    """What the page's controls say, as far as the text still has such params and inputs."""
    params: dict[str, Any] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    batch = 1
    call: dict[str, Any] = {}
    for name, label in asked["controls"].items():
        with suppress(OpError, SpecError):
            if name in start_of_call(model, {}):
                call[name] = label if name == PHASE else int(label)
                continue
            (value,) = read_axis(f"{name}={label}", model, (BATCH,)).values
            if name in model.parameters:
                params[name] = value
            elif name == BATCH:
                batch = value
            else:
                sizes[name.removeprefix(INPUT).removeprefix(".") or next(iter(model.inputs))] = value
    own = {name: (weights, activations) for name, (weights, activations) in asked["layers"].items()}
    policy = _policy(asked["bits"])
    if call:
        params |= call_params(model, start_of_call(model, params) | call)
    chosen = OwnBits(policy, own) if own else policy
    return Controls(params, sizes, batch, chosen, asked["deployed"], asked["kv"] or None, asked["counter"] or None)


def _policy(name: str) -> Policy:
    """A policy by its name: one that is a file would be read."""
    if "/" in name or any(ending in name for ending in SUFFIXES):
        raise OpError(f"{name[:60]!r} is no policy by name", "a file of rules is given to calc run --bits")
    return resolve(name)


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
