"""The text of a spec for a file that the user drops on the page: an ONNX file or a config.json."""

from typing import NamedTuple

from calc.sources.grammar import CONFIG
from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec
from calc.sources.written import imported_text
from calc.spec.options import input_sizes
from calc.spec.write import noted

ENDINGS = (".onnx", CONFIG)
_NOT_RUN = "imported in the editor, which runs nothing: calc import proves it where PyTorch and onnxruntime are"


class DroppedSpec(NamedTuple):
    """The text of a spec, and notes about it, one line each."""

    text: str
    notes: tuple[str, ...]


def dropped_spec(file: str, sizes: list[str]) -> DroppedSpec:
    """Return the spec of ``file`` in the current folder, for inputs of ``sizes``, in the form that ``--input`` takes.

    Raises SpecError or OpError if it cannot be imported.
    """
    given = input_sizes(sizes)
    if file.lower().endswith(CONFIG):
        config = imported_spec(file, ImportOptions(given))
        return DroppedSpec(config.text, config.notes)
    from calc.onnx.load import import_onnx

    imported = import_onnx(file, given)
    return DroppedSpec(noted(imported_text(imported), _NOT_RUN), (*imported.remarks, _NOT_RUN))
