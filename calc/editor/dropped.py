"""A file that was dropped on the page, an ONNX file or a config.json, as the text of a spec."""

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
    """The text of a spec, and what to say beside it, a line each."""

    text: str
    notes: tuple[str, ...]


def dropped_spec(file: str, sizes: list[str]) -> DroppedSpec:
    """The spec of ``file``, which lies in this folder, for inputs of ``sizes``, as ``--input`` takes them.

    Raises SpecError or OpError.
    """
    given = input_sizes(sizes)
    if file.lower().endswith(CONFIG):
        config = imported_spec(file, ImportOptions(given))
        return DroppedSpec(config.text, config.notes)
    from calc.onnx.load import import_onnx

    imported = import_onnx(file, given)
    return DroppedSpec(noted(imported_text(imported), _NOT_RUN), (*imported.remarks, _NOT_RUN))
