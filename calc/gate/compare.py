"""Two networks, wherever they are: files, packaged specs, git revisions, saved results."""

from collections.abc import Sequence
from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.gate import revisions, saved
from calc.gate.difference import Difference, difference
from calc.gate.snapshot import Snapshot, snapshot
from calc.spec import load

DEFAULT_BITS = "fp32"


def compare(before: str, after: str, policies: Sequence[str] = ()) -> Difference:
    """What differs between two networks: paths or names of specs, ``REV:path``, or saved JSON of ``calc run``.

    ``policies`` are for specs; a saved result is at its own. Where one side is saved the other is seen as
    if it had been saved too. Raises SpecError or OpError for what cannot be read.
    """
    stored = [saved.read(Path(text)) if _is_saved(text) else None for text in (before, after)]
    if not any(stored):
        bits = policies or (DEFAULT_BITS,)
        return difference(_snapshot(before, bits), _snapshot(after, bits))
    held = next(found for found in stored if found)
    bits = [*(policies or held.policies)][:1]
    first, second = (
        found or saved.of_json(_analyses(text, bits)[0].to_json_dict())
        for found, text in zip(stored, (before, after), strict=True)
    )
    label = f"{first.policies[0]} → {second.policies[0]}"
    if first.policies != second.policies:
        first, second = _relabelled(first, label), _relabelled(second, label)
    return difference(first, second)


def _is_saved(text: str) -> bool:
    return text.endswith(".json") and not revisions.is_revision(text)


def _snapshot(text: str, policies: Sequence[str]) -> Snapshot:
    return snapshot(_analyses(text, policies), policies)


def _analyses(text: str, policies: Sequence[str]) -> list[Analysis]:
    if revisions.is_revision(text):
        with revisions.checked_out(text) as path:
            analysis = analyse(load(path), bits=policies[0])
    else:
        analysis = analyse(load(text), bits=policies[0])
    return [analysis, *[analysis.with_bits(policy) for policy in policies[1:]]]


def _relabelled(of: Snapshot, policy: str) -> Snapshot:
    """The quantities of ``of`` named as at ``policy``, so that they stand beside those at another."""
    quantities = {(f"{n.partition('@')[0]}@{policy}" if "@" in n else n): value for n, value in of.quantities.items()}
    return of._replace(policies=(policy,), quantities=quantities)
