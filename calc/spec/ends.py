"""Makes the inputs and finds the outputs of a network during expansion."""

from collections.abc import Mapping

from calc.errors import OpError, Problem, SpecError
from calc.model.builder import GraphBuilder
from calc.model.inputs import UNNAMED
from calc.spec.budget import Exceeded
from calc.spec.frames import Context
from calc.spec.model import ModelSpec
from calc.spec.names import FAILED, Names
from calc.spec.problems import Problems
from calc.spec.values import ANY, EvaluationError, Name, Scope


def add_inputs(
    builder: GraphBuilder, model: ModelSpec, scope: Scope, sizes: Mapping[str, tuple[int, ...]]
) -> dict[str, int]:
    """Add a node for each input of ``model``, at ``sizes`` or at the size in the spec, and return their indices by
    name.

    Raises SpecError with all problems.
    """
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for name, given in model.inputs.items():
        try:
            shape = sizes[name] if name in sizes else given.shape.located(scope)
            found[name] = builder.input(name, shape, given.place, given.channels, given.dtype)
        except Exceeded as error:
            problems.append(Problem(given.place, error.fact, error.hint))
        except EvaluationError as error:
            problems.append(Problem(error.place, error.fact, error.hint))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def output_nodes(names: Names, outputs: tuple[Name, ...], context: Context, problems: Problems) -> tuple[int, ...]:
    """Return the nodes whose outputs are the network's, in order. Adds everything wrong with them to ``problems``."""
    found: dict[int, Name] = {}
    for name in outputs:
        try:
            for index in names.read((name,), context, training=False):
                if index != FAILED and names.builder.nodes[index].resting:
                    fact = f"the output {names.builder.nodes[index].name} is not run in this call"
                    raise EvaluationError(OpError(fact, "an output must be run in every call"), name.node.place)
                if index in found and index != FAILED:
                    texts = [each.render(context.scope).replace(ANY, "{*}") for each in (found[index], name)]
                    fact = f"the outputs {' and '.join(texts)} are both the output of {names.builder.nodes[index].name}"
                    raise EvaluationError(OpError(fact, "name each output once"), name.node.place)
                found[index] = name
        except OpError as error:
            problems.report(error, name.node.place, context)
    return tuple(found)


def unread_inputs(builder: GraphBuilder, inputs: Mapping[str, int], outputs: tuple[int, ...]) -> list[Problem]:
    """Return a problem for each of ``inputs`` that is not an output and that no layer reads in this call."""
    unread = {index: name for name, index in inputs.items() if index not in outputs}
    for node in builder.nodes:
        if not unread:
            break
        for source in () if node.unused else node.inputs:
            unread.pop(source, None)
    problems = []
    for index, name in unread.items():
        fact, hint = f"nothing reads the input {name}", f"from: {name} reads it; or remove it"
        if name == UNNAMED:
            fact, hint = "nothing reads the input", "from: input reads it"
        problems.append(Problem(builder.nodes[index].origin, fact, hint))
    return problems
