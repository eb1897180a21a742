"""Published numbers, recomputed: each gets a verdict."""

from calc.audit.claims import Claim, read_claims
from calc.audit.verdict import Networks, Verdict, judge

__all__ = ["Claim", "Verdict", "audit", "read_claims"]


def audit(path: str) -> tuple[Verdict, ...]:
    """The verdict on every claim in the YAML file ``path``. Raises SpecError."""
    networks = Networks()
    return tuple([judge(claim, networks) for claim in read_claims(path)])
