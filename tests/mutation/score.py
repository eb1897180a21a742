"""How many mutants of calc the tests kill, and why the others live.

mutmut changes one thing in one function (a mutant), runs the tests that reach the function, and takes the next; a
mutant that no test fails for survives. It works in a copy of the checkout. A mutant that is equal, that is, does what
the code does, can be killed by no test: the score is killed / (all - equal), as the literature has it, and the share
of all stands beside it. Which are equal says survivors.yaml, by a reason that begins so. The exit status is 1 where
the score is under 95 %, or where more than --allow survive for which survivors.yaml has no reason.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
REASONS = Path(__file__).with_name("survivors.yaml")
CHOSEN = Path("mutants/chosen.json")
LEAST_SCORE = 0.95
EQUAL = "equal"
"""How the reason of a mutant begins that does what the code does."""
MOST_BYTES = 4 * 2**30
_TOKEN = re.compile(r"\w+|\s+|[-<>=!+*/%]+|[^\w\s]")


class Mutant(NamedTuple):
    """One mutant: mutmut's name for it, its file, and what became of it."""

    name: str
    file: str
    status: str


class Reason(NamedTuple):
    """Why mutants live; ``mutants`` are what they change, where … stands for anything."""

    reason: str
    mutants: list[str]

    def holds_for(self, change: str) -> bool:
        """Whether it is the reason of the mutant that makes this ``change``."""
        return any(re.fullmatch(".*".join(map(re.escape, each.split("…"))), change) for each in self.mutants)


def main() -> int:
    """Run the mutants that are asked for and print the score; the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        copy = options.dir or Path(folder)
        copy.mkdir(parents=True, exist_ok=True)
        if not options.no_run:
            copy_checkout(ROOT, copy)
        os.chdir(copy)
        if not options.no_run:
            _make(options.processes)
            chosen = sample(_mutants(), options.only, options.sample, options.seed)
            if not chosen:
                sys.exit(f"no file of {options.only} has mutants: see [tool.mutmut] in pyproject.toml")
            CHOSEN.write_text(json.dumps(chosen))
            whole = options.sample is None and options.only == "*"
            _run([] if whole else chosen, options.processes)  # without names mutmut goes on where it was
        chosen = set(json.loads(CHOSEN.read_text()))
        tried = [mutant for mutant in _mutants() if mutant.name in chosen]
        survivors = [(mutant, _change_of(mutant)) for mutant in tried if mutant.status != "killed"]
    reasons = [Reason(**entry) for entry in yaml.safe_load(REASONS.read_text(encoding="utf-8"))]
    return report(tried, survivors, reasons, options.allow)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, metavar="N", help="try N mutants, of each file its share (default: all)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed draws others (default: 1)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="try those of these files: 'calc/spec/*'")
    parser.add_argument("--allow", type=int, default=0, metavar="N", help="so many need no reason (default: 0)")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="run N at once (default: 2)")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="keep the copy in DIR, for the next run or mutmut show")
    parser.add_argument("--no-run", action="store_true", help="only print the score of the last run in --dir")
    options = parser.parse_args()
    if options.no_run and options.dir is None:
        parser.error("--no-run reads what a run has left in --dir")
    if find_spec("mutmut") is None:
        parser.error("mutmut is not installed: pip install -e '.[test]' mutmut==3.8.1")
    return options


def copy_checkout(root: Path, copy: Path) -> None:
    """Copy what git knows or would take; a file that is there already and the same keeps its mutants."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0"):
        source, target = root / name, copy / name
        if not source.is_file() or (target.exists() and target.read_bytes() == source.read_bytes()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _make(processes: int) -> None:
    from mutmut import __main__ as mutmut  # on the command line nothing makes them without running them
    from mutmut.mutation.trampoline import set_mutant_under_test

    set_mutant_under_test("mutant_generation")
    with mutmut.CatchOutput():
        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.create_mutants(processes)


def _run(names: list[str], processes: int) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HYPOTHESIS_PROFILE": "few"}
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))  # for a mutant without a limit of the language
    ran = subprocess.run([mutmut, "run", "--max-children", str(processes), *names], env=environment, check=False)
    if ran.returncode:
        sys.exit("mutmut has not run them; if a test fails without a mutant, run what pyproject.toml selects and see")


def _mutants() -> Iterator[Mutant]:
    from mutmut.stats import status_by_exit_code

    for path in sorted(Path("mutants").rglob("*.meta")):
        file = path.relative_to("mutants").with_suffix("").as_posix()
        if not (ROOT / file).exists():  # gone since an earlier run in this folder
            continue
        for name, code in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            yield Mutant(name, file, status_by_exit_code[code])


def _change_of(mutant: Mutant) -> str:
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    function, of_class = orig_function_and_class_names_from_key(mutant.name)
    where = f"{of_class}.{function}" if of_class else function
    return f"{mutant.file} {where}: {change(get_diff_for_mutant(mutant.name, path=mutant.file))}"


def change(diff: str) -> str:
    """The lines that ``diff`` takes out and puts in as one line, with {what was → what is} where they differ."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = [" ".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+"]
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    was, now = ["".join(tokens[start : len(tokens) - end]) for tokens in (old, new)]
    return f"{''.join(old[:start])}{{{was} → {now}}}{''.join(old[len(old) - end :])}"


def _alike(one: list[str], other: list[str]) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def sample(mutants: Iterable[Mutant], only: str, size: int | None, seed: int) -> list[str]:
    """The names of ``size`` of the mutants in the files ``only``, of each file its share."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for mutant in mutants:
        if fnmatch(mutant.file, only):
            by_file[mutant.file].append(mutant.name)
    drawn: list[str] = []
    for _, names in sorted(by_file.items()):
        drawn += sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    if size is None or size >= len(drawn):
        return drawn
    return [drawn[at * len(drawn) // size] for at in range(size)]


def report(tried: list[Mutant], survivors: list[tuple[Mutant, str]], reasons: list[Reason], allow: int) -> int:
    """Print the score of each package and of all, then the survivors, by reason; the exit status."""
    by_reason: dict[str, list[tuple[Mutant, str]]] = defaultdict(list)
    for mutant, change in survivors:
        by_reason[next((each.reason for each in reasons if each.holds_for(change)), "")].append((mutant, change))
    equal = {mutant.name for reason, found in by_reason.items() if reason.startswith(EQUAL) for mutant, _ in found}
    score = 1.0
    for package in [*sorted({_package(mutant.file) for mutant in tried}), "all"]:
        of_it = [mutant for mutant in tried if package in ("all", _package(mutant.file))]
        score = _print_score(package, of_it, equal)
    unexplained = by_reason.pop("", [])
    for reason, found in by_reason.items():
        print(f"\n{len(found)} survive: {reason}")
        for change, times in Counter(change for _, change in found).items():
            print(f"  {change}{f' ({times} times)' if times > 1 else ''}")
    if unexplained:
        print(f"\n{len(unexplained)} survive, and {REASONS.name} does not say why:")
        for mutant, change in unexplained:
            print(f"  {change}\n    {mutant.status}, {mutant.name}")
    return int(score < LEAST_SCORE or len(unexplained) > allow)


def _print_score(package: str, tried: list[Mutant], equal: set[str]) -> float:
    killed = sum(mutant.status == "killed" for mutant in tried)
    same = sum(mutant.name in equal for mutant in tried)
    score = killed / (len(tried) - same) if len(tried) > same else 1.0
    of_all = f"{killed:>7,} of {len(tried):>6,} killed, {killed / len(tried):.1%}"
    print(f"{package:<20}{of_all}; without {same:,} equal ones {score:.1%}")
    return score


def _package(file: str) -> str:
    return "/".join(file.split("/")[:2])


if __name__ == "__main__":
    sys.exit(main())
