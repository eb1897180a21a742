"""Writes an imported network as a spec, whose first line names the source."""

import os

from calc.errors import OpError, SpecError
from calc.importing import Imported
from calc.model.inputs import input_option
from calc.spec.write import Heading, noted, only_at, require_same, spec_text


def imported_text(imported: Imported, *, flat: bool = False, unproved: str = "") -> str:
    """Return the spec of ``imported``, with repeated parts as blocks unless ``flat``.

    ``unproved`` is the reason why it could not be proved. The lines after the first say if the spec holds at these
    input sizes only, and give other remarks. Raises SpecError or OpError if the language cannot express the network.
    """
    remark = remark_of(imported) + ("; NOT PROVED" if unproved else "")
    heading = Heading(remark, unproved=unproved)
    try:
        text = spec_text(imported.graph, heading, flat=flat, classes=imported.classes)
        require_same(imported.graph, text)
        only = only_at(imported.graph, text)
    except (SpecError, OpError):
        if flat:
            raise
        return imported_text(imported, flat=True, unproved=unproved)  # one line per layer works for any network
    for note in (*imported.remarks[::-1], *([only] if only else [])):
        text = noted(text, note)
    return text


def remark_of(imported: Imported) -> str:
    """Return the first line, such as ``timm/resnet18 at 3x224x224: imported by calc import, torch 2.14.0``."""
    head = f"{_portable(imported.source)} at {input_option(imported.graph.input_sizes)}: imported by calc import"
    return ", ".join([head, *[f"{name} {version}" for name, version in imported.versions.items()]])


def _portable(source: str) -> str:
    """Return ``source`` without folders of this machine: relative to this folder if it is below, otherwise its
    name.
    """
    if not os.path.isabs(source):
        return source
    found = os.path.relpath(source)
    return os.path.basename(source) if found.startswith("..") else found.replace(os.sep, "/")
