"""Sets up the params of a spec for an expansion, and resolves ``$param`` in a scope."""

from collections.abc import Mapping
from typing import Any

from calc.errors import Nearest, OpError, Problem, SpecError, nearest
from calc.ops.base.fields import show
from calc.spec.budget import Exceeded, WorkBudget
from calc.spec.model import ModelSpec
from calc.spec.values import OP_WORDS, EvaluationError, Scope, given_value


def top_scope(model: ModelSpec, params: Mapping[str, Any], budget: WorkBudget | None = None) -> Scope:
    """Return the params of ``model`` in order, with the given values or else the defaults. Raises SpecError."""
    scope = Scope.of_words(OP_WORDS | model.blocks.keys(), budget)
    for name in params:
        if name not in model.parameters:
            raise SpecError([Problem(None, f"{model.name} has no param {name}", nearest(name, model.parameters))])
    for name, parameter in model.parameters.items():
        value = model.overrides.get(name, parameter.default)
        try:
            if name in params:
                scope[name] = given_value(name, params[name], scope)
            elif value is not None:
                scope[name] = value.located(scope)
            else:
                hint = f"give it with --set {name}=…, or in a spec that extends this one"
                raise EvaluationError(OpError(f"the param {name} has no value", hint), parameter.place)
        except OpError as error:
            place = error.place if isinstance(error, EvaluationError) else None
            raise SpecError([Problem(place, error.fact, error.hint)]) from None
        except Exceeded as error:
            raise SpecError([Problem(parameter.place, error.fact, error.hint)]) from None
    return scope


def held_word(word: str, scope: Scope) -> str:
    """Return the op or block that the param ``word`` (``$act``) holds. Raises OpError if it holds neither."""
    value = scope[word[1:]]
    if not isinstance(value, str) or value not in scope.words:
        hint = Nearest(value, scope.words) if isinstance(value, str) else ""
        raise OpError(f"{word} is {show(value)}, which is neither an op nor a block", hint)
    return str(value)
