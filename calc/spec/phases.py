"""The calls of a language model as people ask for them: a prefill, or a decode step, at a context of so many tokens."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from calc.errors import OpError, Problem, nearest
from calc.spec.model import MOST_POSITIONS, ModelSpec
from calc.spec.options import assignments, positive
from calc.spec.scopes import top_scope
from calc.spec.values import Scope
from calc.spec.windows import check_windows

PHASES = ("prefill", "decode")
TOKENS, PAST = "tokens", "past"
"""The params of a spec that say how many tokens a call processes, and how many it has processed before."""

LEARNT = "positions"
"""The param that says for how many it has learnt places: beyond them it cannot run."""


class LanguageCall(NamedTuple):
    """A call of a language model: ``tokens`` new ones after ``past``.

    ``most``: for how many it was trained, where that is known.
    """

    tokens: int
    past: int
    most: int | None = None

    @property
    def context(self) -> int:
        """Tokens in all, the new ones included."""
        return self.past + self.tokens

    @property
    def phase(self) -> str:
        """``decode`` where one token follows others, ``prefill`` where none was before; empty between."""
        return "decode" if self.tokens == 1 and self.past else "" if self.past else "prefill"

    def to_json_dict(self) -> dict[str, Any]:
        """What reports have of it."""
        most = {} if self.most is None else {MOST_POSITIONS: self.most}
        return {"tokens": self.tokens, "past": self.past, "context": self.context, **most}

    def warnings(self) -> tuple[Problem, ...]:
        """What is said of a context for which the network was not trained."""
        if self.most is None or self.context <= self.most:
            return ()
        fact = f"the context of {self.context:,} tokens is more than {MOST_POSITIONS}={self.most:,}"
        return (Problem(None, fact, "what is counted is right; the network was not trained for places beyond it"),)


def call_of(model: ModelSpec, params: Mapping[str, Any] | None) -> LanguageCall | None:
    """The call that ``model`` is counted for with ``params``; None where it is no language model.

    Raises SpecError, also for windows that cannot be, and OpError for a context that it has no places for.
    """
    if not {TOKENS, PAST} <= model.parameters.keys():
        return None
    scope = top_scope(model, params or {})
    check_windows(model, params or {}, scope)
    tokens, past = scope[TOKENS], scope[PAST]
    if type(tokens) is not int or type(past) is not int:
        return None  # what no layer can take is said where one takes it
    learnt = scope[LEARNT] if LEARNT in model.parameters else None
    if type(learnt) is int and past + tokens > learnt:
        fact = f"the context of {past + tokens:,} tokens is more than {LEARNT}={learnt:,}"
        raise OpError(fact, f"{model.name} has learnt so many places and cannot take more")
    return LanguageCall(tokens, past, _trained_for(model, scope))


def trained_for(model: ModelSpec, params: Mapping[str, Any] | None) -> int | None:
    """The tokens for which ``model`` was trained, or has learnt places; None where it says nothing of it."""
    return _trained_for(model, top_scope(model, params or {}))


def _trained_for(model: ModelSpec, scope: Scope) -> int | None:
    said = [scope[name] for name in (MOST_POSITIONS, LEARNT) if name in model.parameters]
    return next((most for most in said if type(most) is int and most > 0), None)


def params_of(
    model: ModelSpec, set_: Sequence[str] | None, phase: str | None, tokens: str | None, context: str | None
) -> dict[str, Any]:
    """The params that the options ``--set``, ``--phase``, ``--tokens`` and ``--context`` give. Raises OpError."""
    given = assignments(set_, model)
    new = None if tokens is None else positive("--tokens", tokens)
    whole = None if context is None else positive("--context", context)
    return given | of_call(model.parameters, given, phase, new, whole)


def of_call(
    params: Collection[str], given: Collection[str], phase: str | None, tokens: int | None, context: int | None
) -> dict[str, int]:
    """The params of a call: ``tokens`` new ones, which end at ``context``; a decode step has one, a prefill all.

    ``params``: those of the spec; ``given``: those that are set otherwise. Raises OpError where they contradict.
    """
    if phase is None and tokens is None and context is None:
        return {}
    if not {TOKENS, PAST} <= set(params):
        raise OpError(
            "--phase, --tokens and --context are about language models: specs with the params tokens and past",
            f"--set {TOKENS}={tokens or context or 128}: it has no cache" if TOKENS in params else "",
        )
    for name in (TOKENS, PAST):
        if name in given:
            raise OpError(
                f"--set {name} is given with --phase, --tokens or --context", "they say the same: leave one out"
            )
    if phase not in (None, *PHASES):
        raise OpError(f"--phase {phase[:60]!r}: must be {' or '.join(PHASES)}", nearest(phase, PHASES))
    if phase == "decode":
        if tokens not in (None, 1):
            raise OpError(f"--phase decode --tokens {tokens}: a decode step has one new token")
        if context is None:
            raise OpError("--phase decode needs --context: how many tokens there are, with the new one")
        if context == 1:
            raise OpError(
                "--phase decode --context 1: the new token follows none", "--phase prefill --tokens 1, or more context"
            )
    if phase == "prefill" and tokens and context and tokens < context:
        fact = f"--phase prefill --tokens {tokens} --context {context}: in a prefill no token was before the new ones"
        raise OpError(fact, f"without --phase: {tokens} new after {context - tokens}")
    new = tokens or (1 if phase == "decode" else context)
    if new is None:
        return {PAST: 0}
    whole = context or new
    if new > whole:
        raise OpError(f"--tokens {new} is more than --context {whole}: the context ends with the new tokens")
    return {TOKENS: new, PAST: whole - new}
