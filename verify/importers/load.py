"""Loads a source, as the user writes it: an nn.Module and the sizes of its inputs."""

import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.metadata import version

import torch
from torch import nn
from torch.export import ExportedProgram

from calc.sources import Source, read_source
from calc.sources.code import apart, made
from calc.sources.grammar import EXAMPLE, ZOOS
from verify.build.initialise import skipping_initialisers
from verify.errors import VerifyError
from verify.importers.archive import require_data, without_pickles
from verify.importers.arguments import Path, Sizes, named_inputs
from verify.importers.floats import floats_by_default, in_float32
from verify.importers.gathered import gather
from verify.importers.known import is_detector, timm_network, torchvision_network
from verify.importers.opened import with_open_batch
from verify.importers.runnable import require_runnable
from verify.importers.wrapped import unwrapped


@dataclass(frozen=True)
class Loaded:
    """A loaded source: a module, or a program of torch.export, with the sizes of each input without batch.

    ``versions`` are those of the libraries that made it. ``remarks`` are sentences for the reader of its spec.
    ``paths`` are the places of the inputs in the arguments of the forward.
    """

    source: str
    module: nn.Module | ExportedProgram
    inputs: Mapping[str, Sizes]
    versions: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """The class of the network."""
        return type(self.module).__name__

    @property
    def model_name(self) -> str:
        """The name of its spec."""
        return self.source.rpartition("/")[2].rpartition(":")[2].removesuffix(".pt2") or self.source

    def network(self) -> nn.Module:
        """Return the network as a module that can run, in its current mode or that in which it was saved."""
        if not isinstance(self.module, ExportedProgram):
            return self.module
        module = self.module.module(check_guards=False)  # guards are Python code in the file, which must not run
        for method in ("train", "eval"):  # an exported module raises in both, though the mode changes nothing in it
            vars(module).pop(method, None)
        return module


def load_source(source: str, inputs: Mapping[str, Sizes]) -> Loaded:
    """Load ``source`` with the input sizes ``inputs``. Raises VerifyError or SpecError if it cannot be loaded."""
    found = read_source(source)
    versions = {"torch": _version("torch")}
    if found is None or found.kind == "onnx":
        raise VerifyError(
            f"{source[:200]!r} does not name a network in PyTorch", f"torchvision/NAME, timm/NAME, x.pt2, {EXAMPLE}"
        )
    if found.kind == "pt2":
        return _exported(source, versions)
    usual: Sizes | Mapping[str, Sizes] | None = None
    remarks: tuple[str, ...] = ()
    if found.kind in ZOOS:
        versions[found.kind] = _version(found.kind)
    if found.kind == "torchvision" and is_detector(found.name):
        from verify.importers.detection import REMARK, detector

        module, usual = detector(found.name)
        remarks = (REMARK,)
    elif found.kind in ZOOS:
        network = torchvision_network if found.kind == "torchvision" else timm_network
        module, usual = network(found.name, _first(inputs))
    else:
        module = _called(found)
    module, said = unwrapped(source, module)
    require_runnable(source, module)
    remarks = (*remarks, *said, *in_float32(module.eval()))
    named = named_inputs(source, module, inputs, usual)
    if any(len(path) > 1 for path in named.paths.values()):
        gather(module, named.paths)
    return Loaded(source, module, named.sizes, versions, remarks, named.paths)


def _version(library: str) -> str:
    """Return the version of ``library`` without a build tag such as +cpu."""
    return version(library).partition("+")[0]


def _exported(path: str, versions: Mapping[str, str]) -> Loaded:
    require_data(path)
    try:
        with without_pickles(), quietly():
            program = torch.export.load(path)
    except Exception as error:  # torch raises all kinds of exceptions for a damaged file
        raise VerifyError(f"{path} is not a file of torch.export: {_said(error)}") from None
    with quietly():
        opened = with_open_batch(path, program)
    return Loaded(path, opened.program, {}, versions, opened.remarks)


def _called(source: Source) -> nn.Module:
    """Return the module that a callable returns, or the named object itself if it is a module."""
    with apart(source), skipping_initialisers(True), floats_by_default():
        found = made(source)
    if not isinstance(found, nn.Module):
        kind = type(found).__name__
        fact = f"{source.text[:200]}: {source.name}() does not return a torch.nn.Module, but {kind}"
        raise VerifyError(fact, "name a callable that returns one")
    return found


@contextmanager
def quietly() -> Iterator[None]:
    """Keep torch from printing messages and tracebacks inside the ``with`` block; calc prints its own."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)  # each part of torch has a logger with its own handlers
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def users_code(source: str) -> Iterator[None]:
    """Run the user's code inside the ``with`` block.

    Its output goes to standard error, and its exceptions become VerifyErrors.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except VerifyError:
        raise
    except (Exception, SystemExit) as error:
        raise VerifyError(f"{source} fails: {_said(error)}") from error


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _first(inputs: Mapping[str, Sizes]) -> Sizes | None:
    return next(iter(inputs.values()), None)
