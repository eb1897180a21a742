"""Conformance specs: each says in its comments what it is about, and in its claims what it truly costs."""

from pathlib import Path
from typing import NamedTuple

from calc.claims.claims import Claim, read_claims

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    """A micro-spec, the claims in it, and the policy that gives its bits: ``spec`` where they are written in it."""

    name: str
    path: Path
    claims: tuple[Claim, ...]
    bits: str

    def at(self, batch: int) -> dict[str, int]:
        """The counts of so many samples: all but the parameters so many times, unless a claim is about that many."""
        one = {claim.quantity: number(claim) for claim in self.claims if claim.about.batch == 1}
        found = {key: count if key == "params" else batch * count for key, count in one.items()}
        return found | {claim.quantity: number(claim) for claim in self.claims if claim.about.batch == batch}


def number(claim: Claim) -> int:
    """What is claimed, an integer."""
    assert claim.printed is not None
    assert claim.printed.value.denominator == 1
    return int(claim.printed.value)


def cases() -> list[Case]:
    """Every conformance spec, by name. Raises SpecError for a claim that cannot be read, a mistyped key among them."""
    return [_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _case(path: Path) -> Case:
    claims = read_claims(str(path))
    return Case(path.stem, path, claims, "spec" if any(claim.about.bits == "spec" for claim in claims) else "8")
