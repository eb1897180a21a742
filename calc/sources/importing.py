"""Implements ``calc import``: turns a source into the text of a spec, and proves the spec against the source."""

from collections.abc import Callable
from typing import NamedTuple

from calc.configs.quantised import StoredAs
from calc.errors import OpError, Problem, SpecError
from calc.sources.code import apart
from calc.sources.configs import config_text
from calc.sources.grammar import malformed, read_source
from calc.sources.importers import ImportOptions, import_source
from calc.sources.written import imported_text
from calc.spec import expand, loads
from calc.spec.header import MAX_TEXT
from calc.spec.write import noted, require_same

_OF_A_SPEC = "calc import --help lists sources; for a spec use calc write"
_NO_MATTER = "fields of its config that change no count"
_UNPROVED = "--unproved writes it anyway and marks it"


class ImportedSpec(NamedTuple):
    """The text of a spec, and remarks about it, one line each.

    ``stored_as`` describes the storage of the model's files, if a config says so.
    """

    text: str
    notes: tuple[str, ...]
    stored_as: StoredAs | None = None


def imported_spec(
    given: str,
    options: ImportOptions,
    *,
    flat: bool = False,
    unproved: bool = False,
    tell: Callable[[str], object] = lambda step: None,
) -> ImportedSpec:
    """Return the source ``given`` as a proved spec. Calls ``tell`` with the name of each step.

    Raises SpecError or OpError if it cannot be imported, or if the proof fails. With ``unproved`` a failed proof is
    recorded in the spec instead.
    """
    config = config_text(given, options.sizes, surely=True)
    if config is not None:
        model = loads(config.text, given)
        expand(model)
        notes = [f"{model.name}: made from the fields of its config; no tensors were read"]
        notes += [] if config.stored_as is None else [f"{model.name}: {config.stored_as}"]
        notes += [f"{model.name}: {config.left_out}"] if config.left_out else []
        notes += [f"{model.name}: {_NO_MATTER}: {', '.join(config.no_matter)}"] if config.no_matter else []
        return ImportedSpec(config.text, tuple(notes), config.stored_as)
    source = read_source(given)
    if source is None:
        raise OpError(f"{given[:200]}: is not a source that can be imported", malformed(given) or _OF_A_SPEC)
    tell("importing")
    imported = import_source(source, options)
    text = imported_text(imported, flat=flat)
    tried = "" if imported.tried is None else imported.tried(text)
    if imported.prove is None:
        text = noted(noted(text, tried) if tried else text, imported.not_run)
        return ImportedSpec(text, (*imported.remarks, imported.not_run))
    tell("proving")
    with apart(source):
        proof = imported.prove(text)
    if proof.problems and not unproved:
        raise SpecError(
            [*proof.problems, Problem(None, f"{given[:200]}: is not proved, so nothing is written", _UNPROVED)]
        )
    if proof.problems:
        said = "; ".join([str(problem).partition("\n")[0] for problem in proof.problems])
        text = imported_text(imported, flat=flat, unproved=said[:MAX_TEXT])
        require_same(imported.graph, text)
    for remark in filter(None, ("" if proof.problems else tried, proof.remark)):
        text = noted(text, remark)
    return ImportedSpec(text, (*imported.remarks, proof.summary))
