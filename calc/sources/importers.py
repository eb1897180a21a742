"""Who imports a source: ONNX files calc itself, all else what an installed distribution registers, with PyTorch."""

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
"""Distributions add importers under this group: ``torch``, a function that takes a Source and ImportOptions.

``onnx_proof`` takes what an ONNX file became and the text of its spec, and gives the Proof; it runs the file where
onnxruntime is installed.
"""
TORCH, ONNX_PROOF = "torch", "onnx_proof"
HINT = install_hint("verify")
_LIBRARIES = {"torchvision": ("torchvision", HINT), "timm": ("timm", "pip install timm")}
"""What the networks of a kind come from, and how to install it."""
_RUN_BY = {"torch": "PyTorch", "onnxruntime": "onnxruntime"}
"""What runs a spec, and an ONNX file."""
_UNREGISTERED = f"{ONNX_PROOF}, which runs it, is not registered under {GROUP}: install macbits again"


class ImportOptions(NamedTuple):
    """How a source is imported. ``sizes`` of one sample of the input, or of inputs by name. ``opaque``: what is not
    known stays, as a layer that is not counted.
    """

    sizes: InputSizes | None = None
    opaque: bool = False


Importer = Callable[[Source, ImportOptions], Imported]


def import_source(source: Source, options: ImportOptions) -> Imported:
    """The network of ``source``. Raises SpecError or OpError, where what imports it is not installed too."""
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
    """What is installed under this name."""
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
