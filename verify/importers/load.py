"""A source as the user gives it, to an nn.Module and the sizes that it is run at."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram

from calc.errors import nearest
from calc.model.inputs import UNNAMED
from verify.build.initialise import skipping_initialisers
from verify.errors import VerifyError
from verify.importers.known import timm_network, torchvision_network

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Loaded:
    """What a source names: a module, or a program that torch.export made, and the sizes of each input without batch.

    ``versions``: of the libraries that made it.
    """

    source: str
    module: nn.Module | ExportedProgram
    inputs: Mapping[str, Sizes]
    versions: Mapping[str, str]

    @property
    def class_name(self) -> str:
        """The class of the network."""
        return type(self.module).__name__


def load_source(source: str, inputs: Mapping[str, Sizes]) -> Loaded:
    """What ``source`` names, at the sizes ``inputs``. Raises VerifyError where it cannot be had."""
    library, _, name = source.partition("/")
    versions = {"torch": version("torch")}
    if library == "torchvision" and name:
        module, sizes = torchvision_network(name, _first(inputs))
        versions["torchvision"] = version("torchvision")
    elif library == "timm" and name:
        module, sizes = timm_network(name, _first(inputs))
        versions["timm"] = version("timm")
    elif source.endswith(".pt2"):
        return _exported(source, versions)
    else:
        module, sizes = _called(source), None
    module.eval()
    return Loaded(source, module, _named(source, module, inputs, sizes), versions)


def _exported(path: str, versions: Mapping[str, str]) -> Loaded:
    try:
        program = torch.export.load(path)
    except FileNotFoundError:
        raise VerifyError(f"{path}: there is no such file") from None
    except Exception as error:  # whatever a file that is none raises
        raise VerifyError(f"{path} is no file of torch.export: {_said(error)}") from None
    return Loaded(path, program, {}, versions)


def _called(source: str) -> nn.Module:
    """The module that ``pkg.mod:make`` or ``file.py:make`` names, is or returns."""
    place, colon, name = source.rpartition(":")
    if not colon or not place or not name:
        raise VerifyError(
            f"{source[:100]!r} is no source of a network",
            "pkg.mod:make, file.py:make, torchvision/NAME, timm/NAME, exported.pt2",
        )
    with users_code(source):
        found: Any = _module_of(place)
        for part in name.split("."):
            if not hasattr(found, part):
                raise VerifyError(
                    f"{place} has no {name}", nearest(part, [each for each in dir(found) if each[0] != "_"])
                )
            found = getattr(found, part)
        if not isinstance(found, nn.Module):
            found = _made(source, found)
    if not isinstance(found, nn.Module):
        raise VerifyError(f"{source} is {type(found).__name__}, not a torch.nn.Module", "a callable that returns one")
    return found


def _made(source: str, make: Any) -> Any:
    if not callable(make):
        raise VerifyError(f"{source} is {type(make).__name__}, neither a torch.nn.Module nor a callable")
    needed = _needed(make)
    if needed:
        raise VerifyError(
            f"{source} needs the arguments {', '.join(needed)}", "a function without arguments that makes the network"
        )
    with skipping_initialisers(True):
        return make()


def _needed(make: Callable[..., Any]) -> list[str]:
    try:
        parameters = signature(make).parameters.values()
    except (TypeError, ValueError):
        return []
    open_ended = (*_OPEN_ENDED, "VAR")
    return [each.name for each in parameters if each.default is each.empty and each.kind.name not in open_ended]


_OPEN_ENDED = ("VAR_POSITIONAL", "VAR_KEYWORD")


def _module_of(place: str) -> Any:
    if place.endswith(".py"):
        path = Path(place)
        if not path.is_file():
            raise VerifyError(f"{place}: there is no such file")
        sys.path.insert(0, str(path.parent.resolve()))  # it may import what lies beside it
        try:
            spec = spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = module_from_spec(spec)
            sys.modules.setdefault(path.stem, module)
            spec.loader.exec_module(module)
        finally:
            sys.path.pop(0)
        return module
    package = place.partition(".")[0]
    sys.path.insert(0, "")
    try:
        if not all(part.isidentifier() for part in place.split(".")) or find_spec(package) is None:
            raise VerifyError(
                f"there is no module {place}", "the folder that holds it is the current one, or installed"
            )
        return import_module(place)
    finally:
        sys.path.remove("")


@contextmanager
def users_code(source: str) -> Iterator[None]:
    """Within it the user's code runs: what it prints goes to standard error, what it raises is a VerifyError."""
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


def _named(source: str, module: nn.Module, inputs: Mapping[str, Sizes], usual: Sizes | None) -> dict[str, Sizes]:
    """The sizes of each input, by the argument of ``forward``. Raises VerifyError where some are not known."""
    parameters = [each for each in signature(module.forward).parameters.values() if each.kind.name not in _OPEN_ENDED]
    arguments = [each.name for each in parameters]
    needed = [each.name for each in parameters if each.default is each.empty]
    if not inputs and usual is not None:
        inputs = {UNNAMED: usual}
    found: dict[str, Sizes] = {}
    for name, sizes in inputs.items():
        if name not in arguments and name != UNNAMED:
            raise VerifyError(f"{source}: forward has no argument {name}", nearest(name, arguments))
        found[name if name in arguments else (arguments or [UNNAMED])[0]] = sizes
    missing = [name for name in needed if name not in found]
    if missing or not found:
        named = len(needed) > 1
        hint = " ".join(f"--input {name}=3x224x224" if named else "--input 3x224x224" for name in missing or [""])
        raise VerifyError(f"{source} needs the sizes of its input {', '.join(missing)}", f"{hint}, without the batch")
    return {name: found[name] for name in arguments if name in found} or found
