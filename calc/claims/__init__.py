"""Published numbers: the ways in which a number may have been counted, and a verdict on each claim of a file."""

from calc.claims.audit import audit
from calc.claims.claims import Claim, read_claims
from calc.claims.explain import Explanation, explain
from calc.claims.match import Match
from calc.claims.printed import Printed, read_printed
from calc.claims.subject import PARTS, Asked
from calc.claims.tried import Tried
from calc.claims.variants import Given
from calc.claims.verdict import Verdict
from calc.claims.widths import Known

__all__ = [
    "PARTS",
    "Asked",
    "Claim",
    "Explanation",
    "Given",
    "Known",
    "Match",
    "Printed",
    "Tried",
    "Verdict",
    "audit",
    "explain",
    "read_claims",
    "read_printed",
]
