"""Selects the importer of a source: calc itself for ONNX files, a registered one that uses PyTorch for the rest."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import NamedTuple

from calc.errors import OpError
from calc.extras import install_hint
from calc.importing import Imported
from calc.sources.code import apart
from calc.sources.grammar import Source
from calc.spec.given import InputSizes, given_sizes

GROUP = "calc.importers"
"""The entry point group of importers: ``torch`` is a function that takes a Source and ImportOptions.

``onnx_proof`` takes an imported ONNX file and the text of its spec, and returns the Proof. It runs the file if
onnxruntime is installed.
"""
TORCH, ONNX_PROOF = "torch", "onnx_proof"
HINT = install_hint("verify")
_LIBRARIES = {"torchvision": ("torchvision", HINT), "timm": ("timm", "pip install timm")}
"""The library of each kind of network, and the command that installs it."""
_RUN_BY = {"torch": "PyTorch", "onnxruntime": "onnxruntime"}
"""The packages that run a spec and an ONNX file."""
_UNREGISTERED = f"the entry point {ONNX_PROOF} of {GROUP}, which runs the file, is missing: install macbits again"


class ImportOptions(NamedTuple):
    """Options of an import. ``sizes`` of one sample are for the only input or by input name.

    With ``opaque``, unknown operations become layers that are not counted.
    """

    sizes: InputSizes | None = None
    opaque: bool = False


Importer = Callable[[Source, ImportOptions], Imported]


def import_source(source: Source, options: ImportOptions) -> Imported:
    """Return the network of ``source``. Raises SpecError or OpError, also if its importer is not installed."""
    importer = _of_onnx if source.kind == "onnx" else _of_torch(source)
    with apart(source):
        return importer(source, options)


def _of_torch(source: Source) -> Importer:
    library, hint = _LIBRARIES.get(source.kind, ("torch", HINT))
    for needed, install in (("torch", HINT), (library, hint)):
        if find_spec(needed) is None:
            raise OpError(f"{source.text[:200]}: is imported with {needed}, which is not installed", install)
    points = registered(TORCH)
    if not points:
        raise OpError(f"{source.text[:200]}: no importer of PyTorch networks is installed", HINT)
    found: Importer = points[0].load()
    return found


def registered(name: str) -> list[EntryPoint]:
    """Return the installed entry points with this name."""
    return list(entry_points(group=GROUP, name=name))


def _of_onnx(source: Source, options: ImportOptions) -> Imported:
    from calc.onnx.load import import_onnx
    from calc.onnx.other_sizes import file_holds_only

    found = import_onnx(source.text, given_sizes(options.sizes), opaque=options.opaque)
    found = replace(found, tried=partial(file_holds_only, found, options.opaque))
    points = registered(ONNX_PROOF)
    if points and find_spec("torch") is not None:
        return replace(found, prove=partial(points[0].load(), found))
    missing = [name for module, name in _RUN_BY.items() if find_spec(module) is None]
    are = "are" if len(missing) > 1 else "is"
    why = _UNREGISTERED if find_spec("torch") else f"{' and '.join(missing)} {are} not installed"
    return replace(found, not_run=f"not run: neither MACs nor outputs are compared with the file's, since {why}")
