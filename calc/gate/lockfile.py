"""The text of ``calc.lock.json``, with one line for each layer and nothing that depends on the machine or the day.

A lock is checked strictly when it is read.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from calc.errors import Nearest, OpError, Place, Problem, SpecError, nearest, unknown_key
from calc.frozen import FrozenDict
from calc.gate.migrations import MIGRATIONS
from calc.gate.snapshot import LockedLayer, Snapshot, locked_names
from calc.gate.variant import read_variant
from calc.model.inputs import UNNAMED, ends_json
from calc.quantities import ELEMENTWISE, names_at_bits, names_of_some, names_without_bits
from calc.reading import read_bytes
from calc.sources import read_source

VERSION = 2
NAME = "calc.lock"
_KEYS = ("schema", "bits", "folders", "specs")
_SPEC_KEYS = ("model", "versions", "bases", "input", "inputs", "outputs", "shapes", "at_least", "quantities", "layers")
_LARGEST = 10**30
DEFAULT = "calc.lock.json"
"""The name of the file if none is given."""
_COUNTS = ("params", "buffers", "macs", "effective_macs")
_ROW_KEYS = ("name", "op", "fields", "from", "shape", *_COUNTS, "bits")


class NewerLockError(SpecError):
    """A lock has a version that this calc does not know."""


class Lock(NamedTuple):
    """Snapshots of networks by key, at ``policies``.

    The key is the path of a spec from the folder of the lock, or the name of a packaged spec. Options follow it if the
    spec is locked with its own params, sizes or batch. ``folders`` are the folders of which every spec is locked, so
    that a new file in one is noticed. ``inconsistent`` are specs whose rows do not agree with their totals or their
    hash, because the lock was edited by hand or merged badly.
    """

    policies: tuple[str, ...]
    folders: tuple[str, ...]
    specs: dict[str, Snapshot]
    inconsistent: frozenset[str] = frozenset()


def lock_text(lock: Lock) -> str:
    """Return the text of the file. Equal locks have equal bytes."""
    specs = ",\n".join(_spec(key, lock.specs[key]) for key in sorted(lock.specs))
    head = {"schema": f"{NAME}/{VERSION}", "bits": lock.policies, "folders": sorted(lock.folders)}
    lines = ",\n".join(f"  {_json(key)}: {_json(value)}" for key, value in head.items())
    return f'{{\n{lines},\n  "specs": {{{_indented(specs)}}}\n}}\n'


_json = json.JSONEncoder().encode


def _indented(specs: str) -> str:
    return f"\n{specs}\n  " if specs else ""


def _spec(key: str, of: Snapshot) -> str:
    quantities = ",\n".join(f"        {_json(name)}: {value}" for name, value in of.quantities.items())
    layers = ",\n".join(f"        {line}" for line in _lines(of))
    versions = f'      "versions": {_json(of.versions)},\n' if of.versions else ""
    bases = f'      "bases": {_json(of.bases)},\n' if of.bases else ""
    bounds = f'      "at_least": {_json(of.at_least)},\n' if of.at_least else ""
    ends = "".join(
        [f"      {_json(key)}: {_json(value)},\n" for key, value in ends_json(of.inputs, of.outputs).items()]
    )
    return (
        f"    {_json(key)}: {{\n"
        f'      "model": {_json(of.model)},\n{versions}{bases}'
        f"{ends}"
        f'      "shapes": "{of.shapes_hash}",\n{bounds}'
        f'      "quantities": {{\n{quantities}\n      }},\n'
        f'      "layers": [{_closed(layers)}]\n'
        "    }"
    )


def _closed(layers: str) -> str:
    return f"\n{layers}\n      " if layers else ""


def _lines(of: Snapshot) -> Iterator[str]:
    """Yield one line for each layer, without values that are 0, empty or implied.

    ``from`` is implied if it is the layer before, and ``effective_macs`` if they are equal to ``macs``.
    """
    before = tuple(of.inputs)[:1]
    for row in of.layers:
        line: dict[str, Any] = {"name": row.name, "op": row.op}
        if row.fields:
            line["fields"] = row.fields
        if row.inputs != before:
            line["from"] = row.inputs
        line["shape"] = row.shape
        line |= {key: getattr(row, key) for key in _COUNTS if getattr(row, key)}
        if row.effective_macs == row.macs:
            line.pop("effective_macs", None)
        if row.bits:
            line["bits"] = row.bits
        before = (row.name,)
        yield _json(line)


def again(file: str) -> str:
    """Return the command that makes a lock in ``file``. It replaces any file except a lock of a newer version."""
    return "calc lock SPEC... --bits 8" + ("" if file == DEFAULT else f" --lock {file}")


def _restored(file: str) -> str:
    return f"restore the file, or write it again: {again(file)}"


def read_lock(path: Path) -> Lock:
    """Return the lock in the file ``path``.

    Raises SpecError as ``parse_lock`` does, and if there is no file to read.
    """
    try:
        data = read_bytes(path, pipes="open")
    except SpecError as error:
        hint = "" if os.path.lexists(path) else f"make one: {again(str(path))}"
        raise SpecError([problem._replace(hint=hint) for problem in error.problems]) from None
    try:
        return parse_lock(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise SpecError([Problem(None, f"{path}: not a lock: not UTF-8", _restored(str(path)))]) from None


def replaced(path: Path) -> Lock | None:
    """Return the lock that a new one at ``path`` replaces; ``None`` if there is none that can be read.

    Raises NewerLockError, because a lock that this calc cannot read must not be overwritten.
    """
    try:
        return read_lock(path) if path.is_file() else None
    except NewerLockError:
        raise
    except SpecError:
        return None


def parse_lock(text: str, file: str) -> Lock:
    """Return the lock in ``text``. ``file`` is its name in messages.

    Raises SpecError if the text is not a lock or a value is not valid, and NewerLockError for a newer version.
    """
    return _Reader(file).lock(_load(text, file))


def _load(text: str, file: str) -> Any:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            hint = f"resolve the specs, then write the lock again: {again(file)}"
            raise SpecError([Problem(Place(file, number, 1), "an unresolved merge conflict", hint)])
    if not text.strip():
        raise SpecError([Problem(Place(file, 1, 1), "an empty file, not a lock", f"write it again: {again(file)}")])
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place, fact = Place(file, error.lineno, error.colno), f"not JSON: {error.msg}"
    except (ValueError, RecursionError) as error:
        place, fact = Place(file, 1, 1), f"not a lock: {str(error)[:80]}"
    raise SpecError([Problem(place, fact, _restored(file))])


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {twice[:40]} occurs twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")


class _Reader:
    """Checks each value of a loaded lock and reports the first wrong one."""

    def __init__(self, file: str) -> None:
        self.file = file

    def fail(self, where: str, fact: str, hint: str | Nearest = "") -> SpecError:
        text = f"{self.file}: {where}{': ' if where else ''}{fact}"
        return SpecError([Problem(None, text, hint or _restored(self.file))])

    def lock(self, data: Any) -> Lock:
        data = self._mapping(self._migrated(data), "", _KEYS)
        policies = self._words(data.get("bits"), "bits")
        folders = self._words(data.get("folders"), "folders")
        if not policies:
            raise self.fail("bits", "no policy is listed")
        for policy in policies:
            self._check_inside(policy, "bits")
        specs, inconsistent = {}, set()
        for key, value in self._mapping(data.get("specs"), "specs").items():
            self._check_key(key)
            specs[key] = found = self._spec(value, key, policies)
            rows_agree = all(sum(getattr(r, name) for r in found.layers) == found.quantities[name] for name in _COUNTS)
            if value.get("shapes") != found.shapes_hash or not rows_agree:
                inconsistent.add(key)
        return Lock(policies, folders, specs, frozenset(inconsistent))

    def _migrated(self, data: Any) -> dict[str, Any]:
        schema = data.get("schema") if isinstance(data, dict) else None
        name, _, digits = str(schema).partition("/")
        if name != NAME or not (digits.isascii() and digits.isdigit() and len(digits) < 7):
            raise self.fail("", f'not a lock: its schema is {str(schema)[:40]}, not "{NAME}/{VERSION}"')
        version = int(digits)
        if version > VERSION:
            fact = f"written by a newer calc: its schema is {NAME}/{version}, this one knows up to {NAME}/{VERSION}"
            hint = f"install the newer calc, or remove the file and write it again with this one: {again(self.file)}"
            raise NewerLockError(self.fail("", fact, hint).problems)
        while version < VERSION:
            if version not in MIGRATIONS:
                raise self.fail("", f"its schema {NAME}/{version} was never in use")
            data = MIGRATIONS[version](data)
            version += 1
        found: dict[str, Any] = data
        return found

    def _spec(self, value: Any, key: str, policies: tuple[str, ...]) -> Snapshot:
        where = f"specs, {key[:80]}"
        entry = self._mapping(value, where, _SPEC_KEYS)
        given = self._mapping(entry.get("quantities"), f"{where}, quantities")
        quantities = {name: self._count(number, f"{where}, {name[:60]}") for name, number in given.items()}
        wanted = [*names_without_bits(), *[f"{name}@{policy}" for policy in policies for name in names_at_bits()]]
        missing = [name for name in wanted if name not in quantities]
        of_some = [f"{name}@{policy}" for policy in policies for name in names_of_some(at_bits=True)]
        known = {*wanted, *names_of_some(at_bits=False), *of_some}
        extra = [name for name in quantities if name not in known and not name.startswith(ELEMENTWISE)]
        if missing or extra:
            fact = f"lacks {missing[0]}" if missing else f"holds the unknown {extra[0][:60]}"
            raise self.fail(f"{where}, quantities", fact)
        inputs = self._inputs(entry, where)
        layers, before = [], tuple(inputs)[:1]
        names = set(inputs)
        for index, line in enumerate(self._list(entry.get("layers"), f"{where}, layers")):
            row = self._row(line, before, len(policies), f"{where}, layer {index}")
            if row.name in names or not names.issuperset(row.inputs):
                raise self.fail(
                    f"{where}, layer {index}", "its name occurs twice, or it reads a layer that is not before it"
                )
            names.add(row.name)
            before = (row.name,)
            layers.append(row)
        model = self._word(entry.get("model"), f"{where}, model")
        bases = self._words(entry.get("bases", []), f"{where}, bases")
        outputs = self._words(entry.get("outputs", []), f"{where}, outputs")
        if not names.issuperset(outputs):
            raise self.fail(f"{where}, outputs", f"no layer is named {min(set(outputs) - names)[:60]}")
        versions = self._versions(entry.get("versions", {}), f"{where}, versions")
        bounds = self._words(entry.get("at_least", []), f"{where}, at_least")
        for name in bounds:
            if name not in locked_names():
                raise self.fail(f"{where}, at_least", f"{name[:60]} is not a quantity", nearest(name, locked_names()))
        return Snapshot(model, inputs, policies, quantities, tuple(layers), bases, outputs, bounds, versions)

    def _versions(self, value: Any, where: str) -> FrozenDict[str, str]:
        return FrozenDict({name: self._word(version, where) for name, version in self._mapping(value, where).items()})

    def _inputs(self, entry: dict[str, Any], where: str) -> dict[str, tuple[int, ...]]:
        if "inputs" not in entry:
            return {UNNAMED: self._sizes(entry.get("input"), f"{where}, input")}
        given = self._mapping(entry["inputs"], f"{where}, inputs")
        if "input" in entry or not given:
            raise self.fail(f"{where}, inputs", "no input is listed" if not given else "input is given too")
        return {name: self._sizes(sizes, f"{where}, inputs, {name[:60]}") for name, sizes in given.items()}

    def _row(self, line: Any, before: tuple[str, ...], policies: int, where: str) -> LockedLayer:
        entry = self._mapping(line, where, _ROW_KEYS)
        bits = self._words(entry.get("bits", []), where)
        if len(bits) not in (0, policies):
            raise self.fail(where, f"{len(bits)} bits for {policies} policies")
        macs = self._count(entry.get("macs", 0), where)
        return LockedLayer(
            self._word(entry.get("name"), where),
            self._word(entry.get("op"), where),
            {key: _tuples(value) for key, value in self._mapping(entry.get("fields", {}), where).items()},
            self._words(entry["from"], where) if "from" in entry else before,
            self._sizes(entry.get("shape"), where),
            params=self._count(entry.get("params", 0), where),
            buffers=self._count(entry.get("buffers", 0), where),
            macs=macs,
            effective_macs=self._count(entry.get("effective_macs", macs), where),
            bits=bits,
        )

    def _check_key(self, key: str) -> None:
        try:
            variant = read_variant(key)
            read_source(variant.spec)
        except OpError as error:
            raise self.fail(f"specs, {key[:80]}", error.fact) from None
        except SpecError as error:
            raise self.fail("specs", error.problems[0].fact) from None
        self._check_inside(variant.spec, "specs")
        if variant.spec == "-":
            raise self.fail("specs, -", "is standard input, which cannot be read again")
        if variant.key != key:
            raise self.fail(f"specs, {key[:80]}", f"is not how calc writes {variant.key[:80]}")

    def _check_inside(self, path: str, where: str) -> None:
        if path.startswith("/") or ".." in path.split("/"):
            raise self.fail(f"{where}, {path[:80]}", "leads outside the folder of the lock")

    def _mapping(self, value: Any, where: str, known: tuple[str, ...] = ()) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(where, "missing, or not a mapping")
        if known and not value.keys() <= set(known):
            error = unknown_key(next(key for key in value if key not in known), known)
            raise self.fail(where, error.fact, error.hint)
        return value

    def _list(self, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.fail(where, "missing, or not a list")
        return value

    def _word(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not value:
            raise self.fail(where, "a text is missing")
        return value

    def _words(self, value: Any, where: str) -> tuple[str, ...]:
        return tuple([self._word(item, where) for item in self._list(value, where)])

    def _count(self, value: Any, where: str) -> int:
        if type(value) is not int or not 0 <= value < _LARGEST:
            raise self.fail(where, f"{str(value)[:40]} is not a count")
        return value

    def _sizes(self, value: Any, where: str) -> tuple[int, ...]:
        return tuple([self._count(size, where) for size in self._list(value, where)])


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
