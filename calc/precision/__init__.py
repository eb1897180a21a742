"""Precision policies: from counts to bits per layer. One policy a file."""

from collections.abc import Callable

from calc.errors import OpError, nearest
from calc.precision.base import Assigned, Assignment, Policy, is_quantised
from calc.precision.uniform import Uniform, uniform_bits

__all__ = ["Assigned", "Assignment", "Policy", "is_quantised", "resolve"]


def _adaptive() -> Policy:
    from calc.precision.adaptive import Adaptive

    return Adaptive()


def _mac_share() -> Policy:
    from calc.precision.mac_share import MacShare

    return MacShare()


def _spec() -> Policy:
    from calc.precision.spec_bits import SpecBits

    return SpecBits()


NAMED: dict[str, Callable[[], Policy]] = {"adaptive": _adaptive, "mac-share": _mac_share, "spec": _spec}


def resolve(text: str) -> Policy:
    """The policy a user means by ``text``: ``8``, ``w4a8``, ``fp32``, ``fp16``, ``adaptive``,
    ``mac-share``, ``spec``, or the path of a YAML file of rules.

    Raises OpError for any other text and for widths outside 1 to 64, SpecError for a bad file.
    """
    if text in NAMED:
        return NAMED[text]()
    bits = uniform_bits(text)
    if bits is not None:
        return Uniform(text, bits)
    if text.endswith((".yaml", ".yml")):
        from calc.precision.rules_file import read_rules

        return read_rules(text)
    hint = nearest(text.lower(), [*NAMED, "fp32", "fp16", "8", "w4a8"])
    stop = "" if hint.endswith("?") else "."
    raise OpError(f"unknown precision {text!r}", f"{hint}{stop} A file of rules ends in .yaml")
