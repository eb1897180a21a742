"""Writes a whole spec as text: its name, inputs, layers and outputs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from calc.errors import OpError, Problem, SpecError
from calc.model.graph import Graph, Node
from calc.model.inputs import UNNAMED
from calc.ops.base.input import NetworkInput
from calc.spec import tree
from calc.spec.expressions import is_variable
from calc.spec.header import INPUT_WORDS, NETWORK
from calc.spec.model import ModelSpec
from calc.spec.scopes import top_scope
from calc.spec.values import EvaluationError, compile_value
from calc.spec.write.chain import Flat
from calc.spec.write.entries import WrittenLayer, entries_of
from calc.spec.write.rolled import NO_CLASSES, can_roll, rolled
from calc.spec.write.text import yaml_text


class Heading(NamedTuple):
    """The sections of a spec besides its network.

    ``remark`` is a comment in the first line of the file. ``unproved`` is the reason why the spec could not be proved
    equal to its source.
    """

    remark: str = ""
    source: str = ""
    preprocess: Any = None
    budgets: Any = None
    unproved: str = ""


NO_HEADING = Heading()


def heading_of(model: ModelSpec, params: Mapping[str, Any], remark: str = "", *, as_published: bool = True) -> Heading:
    """Return the heading of ``model`` with ``params``. Budgets are included only if the network is ``as_published``.

    Raises SpecError for values that cannot be evaluated.
    """
    written = next((file.entries["preprocess"] for file in model.lineage if "preprocess" in file.entries), None)
    preprocess = None
    if isinstance(written, tree.Mapping):
        scope = top_scope(model, params)
        try:
            preprocess = {key: compile_value(value).located(scope) for key, value in written.entries.items()}
        except EvaluationError as error:
            raise SpecError([Problem(error.place, error.fact, error.hint)]) from None
    budgets = model.section("budgets") if as_published else None
    return Heading(
        remark, model.source, preprocess, None if budgets is None else tree.plain(budgets), model.provenance.unproved
    )


def spec_text(
    graph: Graph, heading: Heading = NO_HEADING, *, flat: bool = False, classes: Mapping[str, str] = NO_CLASSES
) -> str:
    """Return the spec of ``graph`` as YAML.

    Repeated parts become blocks and tables, unless ``flat``, which writes each layer under its full name. ``classes``
    maps full names of scopes to the classes of their modules, which give blocks their names. Raises SpecError with each
    layer that the language cannot express, OpError for such names.
    """
    document: dict[str, Any] = {"name": graph.model}
    if heading.source:
        document["source"] = heading.source
    if heading.unproved:
        document["unproved"] = heading.unproved
    if graph.model_type:
        document["model_type"] = graph.model_type
    if graph.reference is not None:
        document["reference"] = graph.reference
    document["input"] = _inputs(graph)
    if heading.preprocess is not None:
        document["preprocess"] = heading.preprocess
    entries = entries_of(graph)
    if flat or not can_roll(graph, entries):
        document["layers"] = Flat(graph).chain(entries, 0)
    else:
        blocks, document["layers"] = rolled(graph, entries, classes)
        if blocks:
            document["blocks"] = blocks
            document["layers"] = document.pop("layers")  # keeps layers after blocks
    outputs = tuple(graph.outputs.values())
    if outputs != (_last(entries),):
        names = [_output_name(graph, entries, index) for index in outputs]
        document["output"] = names[0] if len(names) == 1 else names
    if heading.budgets is not None:
        document["budgets"] = heading.budgets
    remark = "".join([each if each.isprintable() else " " for each in heading.remark])
    return (f"# {remark}\n" if remark else "") + yaml_text(document)


def _last(entries: tuple[WrittenLayer, ...]) -> int:
    """Return the node that is the output if the spec names none."""
    found = 0
    for entry in entries:
        found = entry.end if entry.flows else found
    return found


def _output_name(graph: Graph, entries: tuple[WrittenLayer, ...], index: int) -> str:
    node = graph.nodes[index]
    if node.experts is not None and any(index in entry.nodes[:-1] for entry in entries):
        raise OpError(f"the output {node.name} is inside an expert", "name a layer outside the experts")
    return Flat(graph).name_of(index)


def _inputs(graph: Graph) -> Any:
    """Return ``input:``, just the sizes if that is enough. Raises OpError for names that an input cannot have."""
    given = {name: _input(graph.nodes[index]) for name, index in graph.inputs.items()}
    if list(given) == [UNNAMED]:
        return given[UNNAMED]
    for name in given:
        if not is_variable(name) or name in (NETWORK, "shape", *INPUT_WORDS):
            raise OpError(
                f"'{name[:60]}' cannot name an input", "a letter, then letters, digits and _; no word of the language"
            )
    return given


def _input(node: Node) -> Any:
    op = node.op
    assert isinstance(op, NetworkInput)
    given: dict[str, Any] = {"shape": list(op.shape)}
    if op.channels != "first":
        given["channels"] = op.channels
    if op.dtype != "float32":
        given["dtype"] = op.dtype
    return given if len(given) > 1 or not op.shape else given["shape"]
