"""Published numbers, recomputed: each gets a verdict."""

from calc.claims.claims import read_claims
from calc.claims.verdict import Networks, Verdict, judge
from calc.errors import Problem, SpecError


def audit(path: str) -> tuple[Verdict, ...]:
    """The verdict on every claim in the YAML file ``path``. Raises SpecError with every claim that cannot be judged."""
    networks = Networks()
    verdicts: list[Verdict] = []
    problems: dict[tuple[object, str], Problem] = {}
    for claim in read_claims(path):
        try:
            verdicts.append(judge(claim, networks))
        except SpecError as error:  # what is wrong with a spec is said once, not for every claim about it
            for problem in error.problems:
                problems.setdefault((problem.place, problem.fact), problem)
    if problems:
        raise SpecError(problems.values())
    return tuple(verdicts)
