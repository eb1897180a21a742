"""The calls of a language model as people ask for them: a prefill, or a decode step, at a context of so many tokens."""

from collections.abc import Collection

from calc.errors import OpError, nearest

PHASES = ("prefill", "decode")
TOKENS, PAST = "tokens", "past"
"""The params of a spec that say how many tokens a call processes, and how many it has processed before."""


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
            "--phase, --tokens and --context are about language models: specs with the params tokens and past"
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
    new = tokens or (1 if phase == "decode" else context)
    if new is None:
        return {PAST: 0}
    whole = context or new
    if new > whole:
        raise OpError(f"--tokens {new} is more than --context {whole}: the context ends with the new tokens")
    return {TOKENS: new, PAST: whole - new}
