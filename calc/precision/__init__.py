"""Policies, which give each layer its bits. Each policy has one file."""

from collections.abc import Callable

from calc.errors import OpError, nearest
from calc.precision.base import Assigned, Assignment, Policy, is_quantised
from calc.precision.roles import DEFAULTS, WithRoles, roles_named, roles_of
from calc.precision.uniform import Uniform, uniform_bits

__all__ = [
    "Assigned",
    "Assignment",
    "Policy",
    "is_policy",
    "is_quantised",
    "named_rules_file",
    "resolve",
    "unknown_precision",
]


def _adaptive() -> Policy:
    from calc.precision.adaptive import Adaptive

    return Adaptive()


def _mac_share() -> Policy:
    from calc.precision.mac_share import MacShare

    return MacShare()


def _spec() -> Policy:
    from calc.precision.spec_bits import SpecBits

    return SpecBits()


RULES_FILE = (".yaml", ".yml")
NAMED: dict[str, Callable[[], Policy]] = {"adaptive": _adaptive, "mac-share": _mac_share, "spec": _spec}


def resolve(text: str) -> Policy:
    """Return the policy that ``text`` names.

    ``text`` is ``8``, ``w4a8``, ``fp32``, ``fp16``, ``int4g128``, ``adaptive``, ``mac-share``, ``spec``, ``Q4_K_M``,
    ``gguf:Q6_K``, ``IQ3_XXS:imatrix``, or the path of a YAML file of rules. Each may end in ``:paper``, ``:deployed``,
    ``:llm`` or ``:experts``. Raises OpError for any other text and for widths outside 1 to 64, and SpecError for a bad
    file.
    """
    base, name = _parts(text)
    if name:
        if _parts(base)[1]:
            fact = f"{text[:60]!r} has two endings that choose the stored formats"
            raise OpError(fact, f"one of :{', :'.join(DEFAULTS)}")
        policy = resolve(base)
        if base.endswith(RULES_FILE) and roles_of(policy) is not None:
            fact = f"{base} has stores:, and :{name} chooses the stored formats too"
            raise OpError(fact, f"leave out :{name}, or its stores:")
        return WithRoles(policy, roles_named(name))
    if text in NAMED:
        return NAMED[text]()
    bits = uniform_bits(text)
    if bits is not None:
        return Uniform(str(bits) if bits.format else text.lower(), bits)
    file_type = _file_type(text)
    if file_type is not None:
        return file_type
    if text.endswith(RULES_FILE):
        from calc.precision.rules_file import read_rules

        return read_rules(text)
    raise unknown_precision(text)


def is_policy(text: str) -> bool:
    """Return True if ``text`` is a policy that is not a file. Raises OpError for widths outside 1 to 64."""
    base = _parts(text)[0]
    return not _parts(base)[1] and (base in NAMED or uniform_bits(base) is not None or _file_type(base) is not None)


def _file_type(text: str) -> Policy | None:
    if text[:1].lower() not in ("g", "i", "m", "q", "t"):
        return None  # most texts are decided without reading the rules
    from calc.precision.gguf import file_type_named

    return file_type_named(text)


def named_rules_file(text: str) -> tuple[str, str] | None:
    """Return the path of the file of rules in ``text`` and the ending after it (``:llm``); None if it has no such
    file.
    """
    base, name = _parts(text)
    return (base, f":{name}" if name else "") if base.endswith(RULES_FILE) else None


def _parts(text: str) -> tuple[str, str]:
    """Return the policy and the name of its roles, which is empty if ``text`` has none."""
    base, _, name = text.rpartition(":")
    return (base, name) if base and name in DEFAULTS else (text, "")


def unknown_precision(text: str) -> OpError:
    """Return the error that ``text`` is not a policy, with a hint."""
    from calc.formats import nearest_format
    from calc.precision.gguf import IMATRIX, PREFIX, file_type_names

    base = text.rpartition(":")[0]
    if base and is_policy(base):
        endings = [f":{name}" for name in DEFAULTS] + ([IMATRIX] if _file_type(base) is not None else [])
        hint = nearest(text.lower(), [f"{base}{ending}".lower() for ending in endings])
    elif text.lower().startswith(PREFIX):
        hint = nearest(text.lower(), [f"{PREFIX}{name}" for name in file_type_names()])
    else:
        hint = nearest_format(text, [*NAMED, "8", "w4a8", *file_type_names()])
    stop = "" if hint.endswith("?") else "."
    return OpError(
        f"unknown precision {text[:60]!r}",
        f"{hint}{stop} A file of rules ends in .yaml"
        if hint
        else "a file of rules ends in .yaml; calc formats lists the formats",
    )
