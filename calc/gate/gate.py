"""Makes locks of specs, and checks specs against a lock."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.errors import OpError, Place, Problem, SpecError, shown
from calc.gate import budgets as budgets_of
from calc.gate.allowances import Allowance, permitted
from calc.gate.budgets import Breach, Budget
from calc.gate.difference import Difference, Move, difference
from calc.gate.lockfile import Lock
from calc.gate.snapshot import Snapshot, places, snapshot
from calc.gate.variant import SpecVariant, read_variant
from calc.gate.windows import with_unlimited
from calc.precision import named_rules_file
from calc.reading import read_bytes
from calc.sources import load, read_source
from calc.sources.grammar import from_folder
from calc.spec import ModelSpec
from calc.spec.load import find_spec
from calc.spec.shelf import SUFFIXES, is_packaged, packaged_spec
from calc.spec.source import Mapping as Tree
from calc.spec.source import parse


@dataclass(frozen=True)
class Outcome:
    """The outcome of checking one spec.

    ``status`` is same; allowed (changed within what is allowed); changed; missing (locked, but without its file); extra
    (present, but not locked); unreadable; or unlocked (read without a lock). ``file`` is the path to open, and ``line``
    the line in it that makes the network, or 0 if it is not a file. ``problems`` are those of an unreadable spec, and
    ``budgets`` those that were checked.
    """

    spec: str
    file: str
    status: str
    after: Snapshot | None = None
    difference: Difference | None = None
    beyond: tuple[Move, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    breaches: tuple[Breach, ...] = ()
    budgets: tuple[Budget, ...] = ()
    inconsistent: bool = False
    line: int = 1

    @property
    def passes(self) -> bool:
        """True if the spec passes the gate."""
        return self.status in ("same", "allowed", "unlocked") and not self.breaches and not self.inconsistent


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return 0 if all pass, 2 if a spec could not be read, and otherwise 1."""
    outcomes = list(outcomes)
    if any(outcome.status == "unreadable" for outcome in outcomes):
        return 2
    return 0 if all(outcome.passes for outcome in outcomes) else 1


def locked(specs: Sequence[str], policies: Sequence[str], base: Path) -> Lock:
    """Return a lock of ``specs`` (paths, names of packaged specs, or keys of variants) for a file in ``base``.

    A policy that is a file of rules is a path from the current folder, like specs. Raises OpError for a file outside
    ``base``, and SpecError with the problems of all specs that cannot be read.
    """
    found: dict[str, Snapshot] = {}
    problems: list[Problem] = []
    policies = tuple(dict.fromkeys([_policy_below(policy, base) for policy in policies]))
    for given in dict.fromkeys(specs):
        try:
            variant = read_variant(given)
            key = _key(variant, base)
            found[key] = _snapshot(variant, policies, base)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return Lock(policies, covered_folders(found, base), found)


def added(lock: Lock, specs: Sequence[str], policies: Sequence[str], base: Path) -> Lock:
    """Return ``lock`` with ``specs`` added, or replaced if it has them already, at the same policies.

    Raises OpError if ``policies`` differ from those of the lock, and the errors of ``locked``.
    """
    own = list(_relocated(lock.policies, base).values())
    found = locked(specs, policies or own, base)
    if found.policies != lock.policies:
        fact = f"the lock is at bits {', '.join(lock.policies)}, not {', '.join(found.policies)}"
        raise OpError(fact, "leave --bits out, or lock everything again without --add")
    together = lock.specs | found.specs
    return Lock(lock.policies, covered_folders(together, base), together)


def check_specs(
    lock: Lock,
    base: Path,
    only: Sequence[str] = (),
    allowances: Sequence[Allowance] = (),
    limits: Sequence[Budget] = (),
) -> Iterator[Outcome]:
    """Yield the outcome of each spec of ``lock``, or of ``only``, then of new specs in a covered folder.

    A spec in ``only`` stands for all its variants that are locked. ``limits`` are budgets for every spec, in addition
    to its own.
    """
    keys = [key for given in only for key in _keys(given, lock, base)] if only else sorted(lock.specs)
    for key in dict.fromkeys(keys):
        outcome = _outcome(key, lock, base, allowances, limits)
        yield _placed(outcome, file_of(read_variant(key).spec, base))
    for key in [] if only else unlocked(lock.folders, lock.specs, base):
        yield Outcome(key, file_of(key, base), "extra")


def updated(lock: Lock, base: Path, outcomes: Sequence[Outcome]) -> Lock:
    """Return ``lock`` with the outcomes: changed and new specs are written, and missing ones removed.

    Raises SpecError for a spec that cannot be read.
    """
    specs = dict(lock.specs)
    problems: list[Problem] = []
    for outcome in outcomes:
        problems += outcome.problems
        if outcome.status == "missing":
            del specs[outcome.spec]
        elif outcome.status == "extra":
            try:
                specs[outcome.spec] = _snapshot(SpecVariant(file_of(outcome.spec, base)), lock.policies, base)
            except SpecError as error:
                problems += error.problems
        elif outcome.after is not None:
            specs[outcome.spec] = outcome.after
    if problems:
        raise SpecError(problems)
    return Lock(lock.policies, covered_folders(specs, base), specs)


def check_limits(limits: Sequence[Budget], outcomes: Sequence[Outcome]) -> None:
    """Raise OpError for a limit that applies to none of the specs that were read, because its name means nothing."""
    read = [outcome for outcome in outcomes if outcome.status in ("same", "allowed", "changed", "unlocked")]
    for limit in limits:
        if read and not any(limit in outcome.budgets for outcome in read):
            raise OpError(f"--max {limit.name[:60]}: no spec has a quantity or a layer of that name")


def within_budgets(spec: str, limits: Sequence[Budget]) -> Outcome:
    """Return the outcome of the budgets alone, for a spec or a variant that no lock contains."""
    try:
        variant = read_variant(spec)
        model = load(variant.spec, variant.sizes, opaque=variant.opaque)
        analysis = analyse(model, **variant.arguments(model))
        checked, found = held_to(model, analysis, limits, own=variant.is_plain)
    except SpecError as error:
        return Outcome(spec, spec, "unreadable", problems=shown(error.problems))
    except OpError as error:
        return Outcome(spec, spec, "unreadable", problems=(_problem_of(spec, error),))
    read = Outcome(spec, model.file, "unlocked", breaches=found, budgets=checked, places=_places(analysis))
    return _placed(read, variant.spec)


def held_to(
    model: ModelSpec, analysis: Analysis, limits: Sequence[Budget] = (), *, own: bool = True
) -> tuple[tuple[Budget, ...], tuple[Breach, ...]]:
    """Return the budgets that apply, and their breaches.

    Budgets of the spec are about the spec without options; ``own`` is False for a variant, to which they do not apply.
    Raises SpecError for a budget of the spec whose name means nothing.
    """
    checked: list[Budget] = []
    found: list[Breach] = []
    problems: list[Problem] = []
    for given in (*(budgets_of.of_spec(model) if own else ()), *limits):
        result = budgets_of.breaches(given, analysis)
        if result is not None:
            checked.append(given)
            found += result
        elif given.place is not None:
            fact = f"budget {given.name[:60]}: {model.name} has no quantity or layer of that name"
            problems.append(Problem(given.place, fact))
    if problems:
        raise SpecError(problems)
    return tuple(checked), tuple(found)


def spec_key(given: str, base: Path) -> str:
    """Return the key of the spec or source ``given`` in a lock in ``base``. Raises OpError for one outside ``base``."""
    if given == "-":
        raise OpError("a lock needs specs that can be read again, and - is standard input")
    source = read_source(given)
    if source is not None:
        return given if source.file is None else source.moved(_below(source.file, base))
    found = find_spec(given)
    return Path(found).stem if found != given and is_packaged(found) else _below(found, base)


def _key(variant: SpecVariant, base: Path) -> str:
    return variant._replace(spec=spec_key(variant.spec, base)).key


def _keys(given: str, lock: Lock, base: Path) -> list[str]:
    """Return the keys in ``lock`` that ``given`` stands for: itself, and all its variants if it is a spec."""
    variant = read_variant(given)
    key = _key(variant, base)
    found = [other for other in sorted(lock.specs) if variant.is_plain and read_variant(other).spec == key]
    return found or [key]


def _below(given: str, base: Path) -> str:
    """Return the path of the file ``given`` from ``base``. Raises OpError for a file outside it."""
    key = os.path.relpath(os.path.abspath(given), os.path.abspath(base)).replace(os.sep, "/")
    if key.startswith("../"):
        raise OpError(
            f"{given} is outside {base.absolute()}, the folder of the lock", "put the lock further up: --lock FILE"
        )
    return key


def _policy_below(policy: str, base: Path) -> str:
    """Return ``policy`` with its file of rules, if it has one, as a path from ``base``.

    Raises OpError for a file outside.
    """
    file = named_rules_file(policy)
    return policy if file is None else f"{_below(file[0], base)}{file[1]}"


def file_of(key: str, base: Path) -> str:
    """Return the argument of ``load`` for the spec or source with this ``key`` in a lock in ``base``."""
    if read_source(key) is not None:
        return from_folder(key, base)
    path = base / key
    found = None if key.endswith(SUFFIXES) or path.is_file() else packaged_spec(key)
    return str(path if found is None else found)


def covered_folders(keys: Iterable[str], base: Path) -> tuple[str, ...]:
    """Return the folders of ``keys`` of which every spec is among the keys."""
    keys = {read_variant(key).spec for key in keys}
    folders = sorted({key.rpartition("/")[0] or "." for key in keys if key.endswith(SUFFIXES)})
    return tuple([folder for folder in folders if not list(unlocked([folder], keys, base))])


def unlocked(folders: Iterable[str], keys: Iterable[str], base: Path) -> Iterator[str]:
    """Yield the specs in ``folders`` that are not in ``keys``.

    A spec is YAML with a name, and with layers or extends.
    """
    known = {read_variant(key).spec for key in keys}
    for folder in folders:
        for path in sorted((base / folder).glob("*.y*ml")):
            key = path.name if folder == "." else f"{folder}/{path.name}"
            if path.suffix in SUFFIXES and key not in known and _is_spec(path):
                yield key


def _is_spec(path: Path) -> bool:
    try:
        tree = parse(read_bytes(path), str(path))
    except SpecError:
        return False
    return (
        isinstance(tree, Tree) and "name" in tree.entries and not tree.entries.keys().isdisjoint(("layers", "extends"))
    )


def _relocated(policies: Sequence[str], base: Path) -> dict[str, str]:
    """Return, for each policy of the lock, the text to resolve. The path of a file of rules begins at the lock."""
    found = {policy: named_rules_file(policy) for policy in policies}
    return {policy: policy if file is None else f"{base / file[0]}{file[1]}" for policy, file in found.items()}


def _analyses(model: ModelSpec, variant: SpecVariant, policies: Mapping[str, str]) -> list[Analysis]:
    first, *others = policies.values()
    analysis = analyse(model, bits=first, **variant.arguments(model))
    return [analysis, *[analysis.with_bits(policy) for policy in others]]


def _snapshot(variant: SpecVariant, policies: Sequence[str], base: Path) -> Snapshot:
    """Return the snapshot of ``variant``, whose spec is a packaged name or a path from the current folder."""
    model = load(variant.spec, variant.sizes, opaque=variant.opaque, pipes="no")
    return snapshot(_analyses(model, variant, _relocated(policies, base)), policies, base)


def _placed(outcome: Outcome, spec: str) -> Outcome:
    """Return ``outcome`` with the file that shows ``spec`` to a person, and with the line where a source makes it."""
    source = read_source(spec)
    return outcome if source is None else replace(outcome, file=source.opened, line=source.line)


def _places(analysis: Analysis) -> dict[str, Place]:
    """Return the place of each layer. The layers of a source have no place, because its spec is in no file."""
    return {} if read_source(analysis.graph.spec) is not None else places(analysis)


def _problem_of(key: str, error: OpError) -> Problem:
    """Return ``error`` as a problem of the spec or variant ``key``, which the error may name itself."""
    fact = error.fact if error.fact.startswith(key.partition(" --")[0]) else f"{key[:200]}: {error.fact}"
    return Problem(None, fact, error.hint)


def _relocking(problem: Problem, variant: SpecVariant) -> Problem:
    """Return ``problem`` with the command that locks ``variant`` at the sizes that it needs, instead of an option."""
    hint = str(problem.hint)
    if not (hint.startswith("--input ") and variant.is_plain):
        return problem
    return problem._replace(hint=f"calc lock {variant.spec} --add {hint}")


def _outcome(key: str, lock: Lock, base: Path, allowances: Sequence[Allowance], limits: Sequence[Budget]) -> Outcome:
    variant, before = read_variant(key), lock.specs.get(key)
    file = file_of(variant.spec, base)
    source = read_source(file)
    needed = source.file if source else file if variant.spec.endswith(SUFFIXES) else None
    absent = needed is not None and not Path(needed).exists()
    if before is None:
        if not absent and variant.is_plain:
            return Outcome(key, file, "extra")
        problem = Problem(None, f"{key}: no such variant is locked", f"calc lock {key} --add")
        if absent:
            problem = Problem(None, f"{file}: no such file, and no such spec in the lock")
        return Outcome(key, file, "unreadable", problems=(problem,))
    if absent:
        return Outcome(key, file, "missing")
    try:
        model = load(file, variant.sizes, opaque=variant.opaque, pipes="no")
        analyses = _analyses(model, variant, _relocated(lock.policies, base))
        checked, found = held_to(model, analyses[0], limits, own=variant.is_plain)
    except SpecError as error:
        problems = [_relocking(problem, variant) for problem in error.problems]
        return Outcome(key, file, "unreadable", problems=shown(problems))
    except OpError as error:
        problem = _relocking(_problem_of(key, error), variant)
        return Outcome(key, file, "unreadable", problems=(problem,))
    after = snapshot(analyses, lock.policies, base)
    try:
        differs = difference(before, after if before == after else with_unlimited(after, analyses[0].graph))
    except OpError as error:
        problem = Problem(None, f"{key}, as it is locked: {error.fact}", "the lock was edited: restore it")
        return Outcome(key, file, "unreadable", problems=(problem,))
    beyond = tuple([move for move in differs.moves if not permitted(move, allowances)])
    moved_unallowed = bool(beyond) or differs.is_renamed or (differs.is_moved and not differs.moves)
    return Outcome(
        key,
        model.file,
        "changed" if moved_unallowed else "allowed" if differs.moves else "same",
        after,
        differs if before != after else None,
        beyond,
        _places(analyses[0]),
        breaches=found,
        budgets=checked,
        inconsistent=key in lock.inconsistent,
    )
