"""Recomputes published numbers, with a verdict for each."""

from calc.claims.claims import read_claims
from calc.claims.verdict import Networks, Verdict, judge
from calc.errors import Problem, SpecError


def audit(path: str) -> tuple[Verdict, ...]:
    """Recompute published numbers, with a verdict for each.

    Args:
        path: A YAML file of claims, a spec with claims, or the name of packaged claims.

    Returns:
        One verdict for each claim, in the order of the file. It has the ``claim``, a ``word`` (exact, rounded as
        printed, explained, not reproducible), the ``true`` number and the ``reasons``. ``fails`` says whether the
        claim demanded a better verdict.

    Raises:
        SpecError: Claims cannot be judged; the text names all of them.

    >>> from pathlib import Path
    >>> from calc import audit
    >>> _ = Path("claims.yaml").write_text('{spec: mobilenetv2, claims: [{macs: 280M}, {macs: 301M}]}')
    >>> [(verdict.word, verdict.true) for verdict in audit("claims.yaml")]
    [('not reproducible', 300774272), ('rounded as printed', 300774272)]
    """
    networks = Networks()
    verdicts: list[Verdict] = []
    problems: dict[tuple[object, str], Problem] = {}
    for claim in read_claims(path):
        try:
            verdicts.append(judge(claim, networks))
        except SpecError as error:  # a problem of a spec is reported once, not for every claim
            for problem in error.problems:
                problems.setdefault((problem.place, problem.fact), problem)
    if problems:
        raise SpecError(problems.values())
    return tuple(verdicts)
