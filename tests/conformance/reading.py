"""Conformance specs: each says in its comments what it is about and what it truly costs, as arithmetic."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
_COUNT = re.compile(r"# (macs|effective_macs|params|bitops|macs at batch 3) = ([0-9 ()*+/-]+)")


class Case(NamedTuple):
    """A micro-spec, its true counts, and the policy that gives its bits: ``spec`` where they are written in it."""

    name: str
    path: Path
    counts: dict[str, int]
    bits: str

    def at(self, batch: int) -> dict[str, int]:
        """The counts of so many samples: all but the parameters so many times, if the spec says nothing else."""
        found = {key: count if key == "params" else batch * count for key, count in self.counts.items()}
        unlike = found.pop("macs at batch 3", None)
        return found | {"macs": self.counts["macs at batch 3"]} if unlike and batch == 3 else found


def cases() -> list[Case]:
    """Every conformance spec, by name."""
    return [_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _case(path: Path) -> Case:
    found, text = {}, path.read_text(encoding="utf-8")
    for line in text.splitlines():
        match = _COUNT.fullmatch(line)
        if match:
            found[match[1]] = int(eval(match[2], {"__builtins__": {}}))  # digits and operators only
    return Case(path.stem, path, found, "spec" if ", bits: " in text else "8")
