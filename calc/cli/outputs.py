"""Ensures that a command never overwrites a file that it reads, and other kinds of files only with ``--force``."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from calc import writing
from calc.errors import OpError, Problem, SpecError
from calc.weights import is_weight_file

READ = (
    "against",
    "spec",
    "specs",
    "before",
    "after",
    "file",
    "lock",
    "bits",
    "device",
    "energy",
    "budget",
    "sensitivity",
    "weights",
    "data",
)
"""The parameters that name files that are read, or may do so, such as ``--bits rules.yaml``."""
_MADE_OF_OTHERS = READ[:7]
WRITTEN = {"output": "--output", "plot": "--plot", "lock_": "--lock", "results": "--results"}
"""The parameters that name files that are written, with their options."""


Force = Annotated[
    bool, typer.Option("--force", help="Replace FILE even if it is not an earlier report in the same format.")
]


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` with a check of its files before it runs, and with ``--force`` if it writes any.

    It raises SpecError with every file that may not be written.
    """
    given = signature(command)
    if given.parameters.keys().isdisjoint(WRITTEN):
        return command

    @wraps(command)
    def run(*, force: bool, **values: Any) -> None:
        require_replaceable(command.__name__, values, force=force)
        command(**values)

    option = Parameter("force", Parameter.KEYWORD_ONLY, default=False, annotation=Force)
    run.__signature__ = given.replace(parameters=[*given.parameters.values(), option])  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = command.__annotations__ | {"force": Force}
    return run


def require_replaceable(command: str, given: dict[str, Any], *, force: bool) -> None:
    """Raise SpecError for each file that ``command`` would write and may not. ``given`` has its parameters."""
    problems: list[Problem] = []
    taken: dict[Path, str] = {}
    for parameter, option in WRITTEN.items():
        path = given.get(parameter)
        if path is None or path == "-":
            continue
        try:
            if not writing.is_replaced(path):
                continue
            before = taken.setdefault(writing.target(path), option)
            if before != option:
                raise OpError(f"{option} {path}: is the file of {before} too", "name two files")
            if Path(path).is_file():
                _require_unread(option, path, given, force=force)
                _require_earlier(option, path, _format(command, parameter, given), force=force)
        except OpError as error:
            fact = error.fact if error.fact.startswith(option) else f"{option} {error.fact}"
            problems.append(Problem(None, fact, error.hint))
    if problems:
        raise SpecError(problems)


def _require_unread(option: str, path: str, given: dict[str, Any], *, force: bool) -> None:
    """Raise OpError if ``path`` is a file that the command reads, also through links and under other names."""
    read = list(dict.fromkeys(_named(given)))
    if force:  # without --force, files that others are made of are refused, as they are no reports
        read += [file for name in _named(given, _MADE_OF_OTHERS) for file in _made_of(name)]
    for file in read:
        with suppress(OSError, ValueError):
            if os.path.samefile(path, file):
                called = "" if file == path else f", as {file}"
                raise OpError(f"{option} {path}: is read by this command{called}", "name another file")


def _require_earlier(option: str, path: str, format_name: str, *, force: bool) -> None:
    if force or not format_name:
        return
    from calc.report.earlier import is_earlier

    try:
        earlier = is_earlier(Path(path), format_name)
    except OSError:
        earlier = False
    if not earlier:
        kinds = {
            "lock": "a lock", "policy": "bits by calc allocate", "spec": "a spec by calc write or calc import",
            "page": "a page by calc page",
        }  # fmt: skip
        what = kinds.get(format_name, f"an earlier report ({format_name})")
        raise OpError(f"{option} {path}: exists, and does not look like {what}", "--force replaces it")


def _format(command: str, parameter: str, given: dict[str, Any]) -> str:
    """Return the format of the file; empty if the code that writes it checks the existing file itself."""
    if parameter == "plot":
        return Path(given[parameter]).suffix[1:].lower()
    if parameter == "output":
        fixed = {"allocate": "policy", "schema": "json", "write": "spec", "import_": "spec", "page": "page"}.get(
            command
        )
        return fixed or given["format_"] or "csv"  # the default of a sweep for files
    return "lock" if parameter == "lock_" else ""


def _named(given: dict[str, Any], parameters: tuple[str, ...] = READ) -> Iterator[str]:
    """Yield the files that the parameters name: alone, joined by commas, or after an equals sign."""
    from calc.sources import read_source
    from calc.spec.load import find_spec
    from calc.spec.shelf import packaged_claims

    for parameter in parameters:
        values = given.get(parameter) or ()
        for value in [values] if isinstance(values, str) else values:
            if parameter in _MADE_OF_OTHERS and parameter != "lock":
                if parameter == "file" and value in (claims := packaged_claims()):
                    yield str(claims[value])
                with suppress(SpecError):  # if it is not a spec, reading it will say so
                    source = read_source(value)
                    yield find_spec(value) if source is None else source.opened
            for name in (value, *value.split(","), value.partition("=")[2]):
                if name and Path(name).is_file():
                    yield name


def _made_of(path: str) -> Iterator[str]:
    """Yield the files that the spec, lock, claims or weight file at ``path`` names, and those that they are made of."""
    from calc.claims.claims import read_claims
    from calc.gate.lockfile import read_lock
    from calc.gate.variant import read_variant
    from calc.spec import load

    specs = [path]
    with suppress(SpecError, OpError):
        lock, folder = read_lock(Path(path)), Path(path).parent
        specs += [str(folder / read_variant(key).spec) for key in lock.specs]
        yield from [str(folder / policy) for policy in lock.policies]
    with suppress(SpecError, OpError):
        specs += [claim.about.spec for claim in read_claims(path)]
    for spec in specs:
        with suppress(SpecError, OpError):
            yield from load(spec).files
    if is_weight_file(path):
        from calc.weights.read import read_weights

        with suppress(SpecError):
            yield from read_weights(path).parts
