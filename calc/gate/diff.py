"""Compares two networks from files, packaged specs, git revisions or saved results."""

from collections.abc import Sequence
from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.errors import OpError
from calc.gate import revisions, saved
from calc.gate.difference import Difference, Reason, difference
from calc.gate.saved import Settings
from calc.gate.snapshot import Snapshot, snapshot
from calc.gate.variant import SpecVariant, read_variant, with_options
from calc.gate.windows import with_unlimited
from calc.sources import load, read_source
from calc.sources.configs import is_config_file
from calc.spec import ModelSpec

DEFAULT_BITS = "fp32"


def diff(before: str, after: str, bits: Sequence[str] = ()) -> Difference:
    """Compare two networks layer by layer.

    Args:
        before: The path or name of a spec, a source, ``REV:path`` of one in git, or a JSON report of ``calc run``.
            Options may follow: ``"mobilenetv2 --set width=0.5"``.
        after: The other network, in the same forms.
        bits: The policies, by default ``fp32``. A JSON report has its own settings, and a spec beside it is counted
            with these.

    Returns:
        ``moves``, the totals that differ, and ``layers``, those that were added, removed, renamed or changed, with the
        reason.

    Raises:
        SpecError: A network cannot be read.
        OpError: The arguments contradict each other.

    >>> from calc import diff
    >>> found = diff("mobilenetv1", "mobilenetv2", bits=["8"])
    >>> {move.quantity: move.delta for move in found.moves}["params"]
    -727104
    """
    policies = [bits] if isinstance(bits, str) else list(dict.fromkeys(bits))
    stored = [saved.read_result(Path(text)) if _is_saved(text) else None for text in (before, after)]
    if not any(stored):
        bits = policies or (DEFAULT_BITS,)
        return difference(_snapshot(before, bits), _snapshot(after, bits))
    held = next(found for found in stored if found).settings
    at = held._replace(bits=policies[0]) if policies else held
    first, second = (
        found or saved.of_json(_analysis(text, at).to_json_dict())
        for found, text in zip(stored, (before, after), strict=True)
    )
    others = tuple([Reason(*each) for each in zip(Settings._fields, first.settings, second.settings, strict=True)])
    others = tuple([reason for reason in others if reason.before != reason.after])
    if first.settings.bits == second.settings.bits:
        return difference(first.snapshot, second.snapshot, others)
    label = f"{first.settings.bits} → {second.settings.bits}"
    return difference(_relabelled(first.snapshot, label), _relabelled(second.snapshot, label), others)


def options_of_both(before: str, after: str, inputs: tuple[str, ...], opaque: bool) -> tuple[str, str]:
    """Return both networks with the options of a command.

    ``opaque`` applies to sources, or to both if neither is a source.

    Raises OpError if one has options of its own too, and if both are saved results, which take no options.
    """
    both = (before, after)
    if (inputs or opaque) and all(map(_is_saved, both)):
        raise OpError("--input and --opaque apply to networks, but both sides are saved results", "leave them out")
    sources = [not _is_saved(text) and read_source(read_variant(text).spec) is not None for text in both]
    given = [SpecVariant("", inputs=inputs, opaque=opaque and (is_source or not any(sources))) for is_source in sources]
    first, second = [
        text if _is_saved(text) else with_options(text, options) for text, options in zip(both, given, strict=True)
    ]
    return first, second


def _is_saved(text: str) -> bool:
    return text.endswith(".json") and not revisions.is_revision(text) and not is_config_file(text)


def _snapshot(text: str, policies: Sequence[str]) -> Snapshot:
    first = _analysis(text, Settings(policies[0]))
    folder = Path(first.graph.spec).parent
    found = snapshot([first, *[first.with_bits(policy) for policy in policies[1:]]], policies, folder)
    return with_unlimited(found, first.graph)


def _analysis(text: str, at: Settings) -> Analysis:
    variant = read_variant(text)
    if revisions.is_revision(variant.spec):
        with revisions.checked_out(variant.spec) as path:
            return _of(load(path, variant.sizes, opaque=variant.opaque), variant, at)
    return _of(load(variant.spec, variant.sizes, opaque=variant.opaque), variant, at)


def _of(model: ModelSpec, variant: SpecVariant, at: Settings) -> Analysis:
    """Return the analysis at the batch and cache formats of ``variant``, or else of ``at``; deployed if either is."""
    given = variant.arguments(model)
    left_out = [*([] if variant.batch > 1 else ["batch"]), *([] if variant.kv else ["kv"])]
    given = {name: value for name, value in given.items() if name not in left_out}
    return analyse(model, **(at._asdict() | given | {"deployed": variant.deployed or at.deployed}))


def _relabelled(of: Snapshot, policy: str) -> Snapshot:
    """Return ``of`` with its quantities named as at ``policy``, to compare them with those at another policy."""
    quantities = {(f"{n.partition('@')[0]}@{policy}" if "@" in n else n): value for n, value in of.quantities.items()}
    return of._replace(policies=(policy,), quantities=quantities)
