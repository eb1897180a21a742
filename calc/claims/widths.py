"""The bits that a number may be about: those of a policy, with other first and last layers, or read in another way."""

from collections.abc import Iterator
from typing import NamedTuple

from calc.precision import Policy, resolve
from calc.precision.ends import EXCLUDED, REST, with_ends
from calc.precision.roles import WithRoles, roles_named

TRIED_BITS = {
    "bitops": ("fp32", "8", "4", "2", "adaptive"),
    "bytes": ("fp32", "fp16", "8", "4", "2", "adaptive"),
    "peak_activation_bytes": ("fp32", "8"),
    "effective_bits": (),
}
"""The usual bits that are tried, by quantity.

None are tried for bits per parameter, because any value would be possible.
"""
USUAL = ("fp32", "8", "4")
"""The bits among these that are tried for a network with changed params."""
SAME = "same"


class Known(NamedTuple):
    """The known facts about the bits. Without ``policies``, TRIED_BITS are tried.

    The values ``rest`` for the ends and ``same`` for the activations are defaults, so that others are tried too.
    """

    policies: tuple[Policy, ...] = ()
    ends: str = REST
    activations: str = SAME


class Other(NamedTuple):
    """Another way to apply the widths of a policy.

    ``excluded`` layers at the ends are not added up. ``roles`` says how tensors are stored that no layer multiplies.
    """

    words: str
    ends: str = REST
    activations: str = SAME
    roles: str = ""


class AtWidths(NamedTuple):
    """A policy with its assumptions. ``other`` is the way in which its widths are applied."""

    policy: Policy
    activations: str
    words: tuple[str, ...] = ()
    leaves_out: bool = False
    other: Other | None = None


OTHERS = (
    Other("first and last layer left out", ends=EXCLUDED),
    Other("first and last layer at 8 bits", ends="8"),
    Other("first and last layer at 32 bits", ends="fp32"),
    Other("each layer reading what was written at its width, the image at 8 bits", activations="producer"),
    Other("what no layer multiplies, and the head, in bf16", roles="llm"),
)


def tried_widths(known: Known, quantity: str, is_changed: bool) -> Iterator[AtWidths]:
    """Yield every policy as it is and, if this is not known, in each way of OTHERS.

    Without policies, those to try for ``quantity``; fewer of them if the network ``is_changed``.
    """
    tried = [text for text in TRIED_BITS[quantity] if text in USUAL or not is_changed]
    given: list[tuple[Policy, tuple[str, ...]]] = [(policy, ()) for policy in known.policies]
    for policy, words in given or [(resolve(text), (_in_words(text),)) for text in tried]:
        yield AtWidths(with_ends(policy, known.ends), known.activations, words, known.ends == EXCLUDED)
        for other in OTHERS:
            if (other.ends != REST != known.ends) or (other.activations != SAME != known.activations):
                continue
            ends = known.ends if other.ends == REST else other.ends
            activations = known.activations if other.activations == SAME else other.activations
            changed = with_ends(policy, ends)
            if other.roles:
                changed = WithRoles(changed, roles_named(other.roles))
            yield AtWidths(changed, activations, (*words, other.words), ends == EXCLUDED, other)


def _in_words(bits: str) -> str:
    return f"{bits} bits" if bits.isdigit() else bits
