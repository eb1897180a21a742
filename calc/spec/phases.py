"""Handles the calls of a language model: a prefill or a decode step, at a context of a given length in tokens."""

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
"""The params for the number of tokens that a call processes, and the number that were processed before it."""

LEARNT = "positions"
"""The param for the number of learnt positions. The network cannot run at a longer context."""


class LanguageCall(NamedTuple):
    """One call of a language model: ``tokens`` new tokens after ``past`` earlier ones.

    ``most`` is the number of tokens that it was trained for, if known.
    """

    tokens: int
    past: int
    most: int | None = None

    @property
    def context(self) -> int:
        """The number of tokens in all, including the new ones."""
        return self.past + self.tokens

    @property
    def phase(self) -> str:
        """``decode`` for one token after others, ``prefill`` if none came before, otherwise empty."""
        return "decode" if self.tokens == 1 and self.past else "" if self.past else "prefill"

    def to_json_dict(self) -> dict[str, Any]:
        """Return the entry of JSON reports."""
        most = {} if self.most is None else {MOST_POSITIONS: self.most}
        return {"tokens": self.tokens, "past": self.past, "context": self.context, **most}

    def warnings(self) -> tuple[Problem, ...]:
        """Return a warning if the context is longer than the network was trained for."""
        if self.most is None or self.context <= self.most:
            return ()
        fact = f"the context of {self.context:,} tokens is more than {MOST_POSITIONS}={self.most:,}"
        return (Problem(None, fact, "the counts are right, but the network was not trained for later positions"),)


def call_of(model: ModelSpec, params: Mapping[str, Any] | None) -> LanguageCall | None:
    """Return the call that ``model`` is counted for with ``params``, or None if it is not a language model.

    Raises SpecError, also for impossible windows, and OpError for a context longer than the learnt positions.
    """
    if not {TOKENS, PAST} <= model.parameters.keys():
        return None
    scope = top_scope(model, params or {})
    check_windows(model, params or {}, scope)
    tokens, past = scope[TOKENS], scope[PAST]
    if type(tokens) is not int or type(past) is not int:
        return None  # a layer that cannot take the value reports it
    learnt = scope[LEARNT] if LEARNT in model.parameters else None
    if type(learnt) is int and past + tokens > learnt:
        fact = f"the context of {past + tokens:,} tokens is more than {LEARNT}={learnt:,}"
        raise OpError(
            fact, f"{model.name} has a learnt embedding for each position, so it cannot take a longer context"
        )
    return LanguageCall(tokens, past, _trained_for(model, scope))


def trained_for(model: ModelSpec, params: Mapping[str, Any] | None) -> int | None:
    """Return the number of tokens that ``model`` was trained for, or has learnt positions for; None if unknown."""
    return _trained_for(model, top_scope(model, params or {}))


def _trained_for(model: ModelSpec, scope: Scope) -> int | None:
    said = [scope[name] for name in (MOST_POSITIONS, LEARNT) if name in model.parameters]
    return next((most for most in said if type(most) is int and most > 0), None)


def params_of(
    model: ModelSpec, set_: Sequence[str] | None, phase: str | None, tokens: str | None, context: str | None
) -> dict[str, Any]:
    """Return the params from the options ``--set``, ``--phase``, ``--tokens`` and ``--context``. Raises OpError."""
    given = assignments(set_, model)
    new = None if tokens is None else positive("--tokens", tokens)
    whole = None if context is None else positive("--context", context)
    return given | of_call(model.parameters, given, phase, new, whole)


def of_call(
    params: Collection[str], given: Collection[str], phase: str | None, tokens: int | None, context: int | None
) -> dict[str, int]:
    """Return the params of a call with ``tokens`` new tokens, which end at ``context``.

    A decode step has one new token; in a prefill all tokens are new. ``params`` are those of the spec, and ``given``
    those that are set already. Raises OpError if the arguments contradict each other.
    """
    if phase is None and tokens is None and context is None:
        return {}
    if not {TOKENS, PAST} <= set(params):
        raise OpError(
            "--phase, --tokens and --context are only for language models: specs with the params tokens and past",
            f"--set {TOKENS}={tokens or context or 128}: it has no cache" if TOKENS in params else "",
        )
    for name in (TOKENS, PAST):
        if name in given:
            raise OpError(
                f"--set {name} is given with --phase, --tokens or --context", "they set the same param: leave one out"
            )
    if phase not in (None, *PHASES):
        raise OpError(f"--phase {phase[:60]!r}: must be {' or '.join(PHASES)}", nearest(phase, PHASES))
    if phase == "decode":
        if tokens not in (None, 1):
            raise OpError(f"--phase decode --tokens {tokens}: a decode step has one new token")
        if context is None:
            raise OpError("--phase decode needs --context, the number of tokens including the new one")
        if context == 1:
            raise OpError(
                "--phase decode --context 1: a decode step follows earlier tokens",
                "--phase prefill --tokens 1, or more context",
            )
    if phase == "prefill" and tokens and context and tokens < context:
        fact = f"--phase prefill --tokens {tokens} --context {context}: in a prefill no tokens come before the new ones"
        raise OpError(fact, f"leave --phase out for {tokens} new tokens after {context - tokens}")
    new = tokens or (1 if phase == "decode" else context)
    if new is None:
        return {PAST: 0}
    whole = context or new
    if new > whole:
        raise OpError(f"--tokens {new} is more than --context {whole}: the context ends with the new tokens")
    return {TOKENS: new, PAST: whole - new}
