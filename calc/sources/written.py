"""An imported network as the spec that it becomes: YAML whose first line says where it comes from."""

import os

from calc.errors import OpError, SpecError
from calc.importing import Imported
from calc.model.inputs import input_option
from calc.spec.write import Heading, noted, only_at, require_same, spec_text


def imported_text(imported: Imported, *, flat: bool = False, unproved: str = "") -> str:
    """The spec of ``imported``; what repeats as blocks, or ``flat``. ``unproved``: why it is written all the same.

    Its next lines say where it holds at these sizes of the input only, and what else a reader should know.

    Raises SpecError or OpError for a network that the language cannot say.
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
        return imported_text(imported, flat=True, unproved=unproved)  # a line a layer can be said of any network
    for note in (*imported.remarks[::-1], *([only] if only else [])):
        text = noted(text, note)
    return text


def remark_of(imported: Imported) -> str:
    """``timm/resnet18 at 3x224x224: imported by calc import, torch 2.14.0, timm 1.0.20``."""
    head = f"{_portable(imported.source)} at {input_option(imported.graph.input_sizes)}: imported by calc import"
    return ", ".join([head, *[f"{name} {version}" for name, version in imported.versions.items()]])


def _portable(source: str) -> str:
    """``source`` without the folders of this machine: from here, where it lies below, else its name alone."""
    if not os.path.isabs(source):
        return source
    found = os.path.relpath(source)
    return os.path.basename(source) if found.startswith("..") else found.replace(os.sep, "/")
