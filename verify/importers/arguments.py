"""The arguments of a forward: which inputs are given for them, under which names, and at which sizes."""

import re
from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from typing import Any, NamedTuple

from torch import nn

from calc.errors import nearest
from calc.model.inputs import UNNAMED, input_option
from verify.errors import VerifyError

Sizes = tuple[int, ...]
Path = tuple[str, ...]
"""An argument of ``forward`` and, if it is a dict or a list, the keys and positions that lead to a tensor in it."""

SUFFIX = "_in"
"""The end of the name of an input in a spec, if tensors of the state dict are named after it otherwise."""
_OPEN_ENDED = ("VAR_POSITIONAL", "VAR_KEYWORD")
_NAMELESS = "POSITIONAL_ONLY"


class NamedInputs(NamedTuple):
    """The inputs of a network by the names that its spec has for them: their sizes, and their places in arguments."""

    sizes: Mapping[str, Sizes]
    paths: Mapping[str, Path]


def named_inputs(
    source: str, module: nn.Module, given: Mapping[str, Sizes], usual: Sizes | Mapping[str, Sizes] | None
) -> NamedInputs:
    """Return the inputs of ``module`` in the order of its arguments, at the ``given`` sizes, else the ``usual`` ones.

    ``usual`` has sizes for each input, or the same for all. Raises VerifyError if some sizes are not known, or if a
    given name is none of an argument or of a tensor in it.
    """
    every = parameters_of(module)
    parameters = [each for each in every if each.kind.name not in _OPEN_ENDED]
    needed = [each.name for each in parameters if each.default is each.empty]
    found: dict[Path, Sizes] = {}
    if isinstance(usual, Mapping):
        found |= {(name,): sizes for name, sizes in usual.items()}
    elif usual is not None:  # all inputs have this size, for example both images of a pair
        found |= dict.fromkeys([(name,) for name in needed or ([] if given else [UNNAMED])], usual)
    for name, sizes in given.items():
        path = _path(_without_suffix(name, module), every)
        if path is None:
            raise VerifyError(f"{source}: forward has no argument {name}", _hint(name, sizes, every))
        found[path] = sizes
    missing = [name for name in needed if not any(path[0] == name for path in found)]
    if missing or not found:
        named = len(needed) > 1
        hint = " ".join(f"--input {name}=3x224x224" if named else "--input 3x224x224" for name in missing or [""])
        raise VerifyError(f"{source} needs the sizes of its input {', '.join(missing)}", f"{hint}, without the batch")
    _require_containers(source, list(found))
    order = [each.name for each in every]
    paths = sorted(found, key=lambda path: order.index(path[0]) if path[0] in order else len(order))
    names: dict[str, Path] = {}
    for path in paths:
        name = _name(path)
        if name in names:
            fact = f"{source}: two inputs would be called {name} in the spec, which joins keys by _"
            raise VerifyError(fact, "import a module of your own that names them otherwise")
        names[name] = path
    return NamedInputs({name: found[path] for name, path in names.items()}, names)


def _without_suffix(name: str, module: nn.Module) -> str:
    """Return ``name`` without the suffix that it has in a spec if a module or a tensor of ``module`` has the name."""
    own = name.removesuffix(SUFFIX)
    return own if any(key.partition(".")[0] == own for key in module.state_dict()) else name


def _path(name: str, parameters: Sequence[Parameter]) -> Path | None:
    """Return the place of the input ``name``: ``batch.image``, or ``batch_image`` of a spec, is in the argument batch.

    None if there is no such argument.
    """
    known = {each.name: each.kind.name for each in parameters if each.kind.name != "VAR_KEYWORD"}
    single = [each for each, kind in known.items() if kind not in _OPEN_ENDED]
    takes_any = any(each.kind.name == "VAR_KEYWORD" for each in parameters)
    if name in single:
        return (name,)
    if name == UNNAMED:
        return next(((each, "0") if kind in _OPEN_ENDED else (each,) for each, kind in known.items()), (UNNAMED,))
    argument, *keys = name.split(".")
    if keys:
        return (argument, *keys) if all(keys) and (argument in known or takes_any) else None
    if takes_any:
        return (name,)
    owners = [each for each in known if name.startswith(f"{each}_") and name != f"{each}_"]
    owner = max(owners, key=len, default="")
    return (owner, name[len(owner) + 1 :]) if owner else None


def _hint(name: str, sizes: Sizes, parameters: Sequence[Parameter]) -> str:
    arguments = [each.name for each in parameters if each.kind.name not in _OPEN_ENDED]
    near = nearest(name, arguments)
    if near.startswith("did") or "." in name:
        return near
    open_ended = [each.name for each in parameters if each.kind.name == "VAR_POSITIONAL"]
    inside = [
        *[f"--input {input_option({f'{each}.{name}': sizes})} if {each} is a dict" for each in arguments[:1]],
        *[f"--input {input_option({f'{each}.0': sizes})} for the first of *{each}" for each in open_ended],
    ]
    return "; ".join(filter(None, [near, *inside]))


def _require_containers(source: str, paths: Sequence[Path]) -> None:
    """Raise VerifyError unless each argument, and each part of it, is either one tensor, or a dict, or a list."""
    inside: dict[Path, list[str]] = {}
    for path in paths:
        for end in range(1, len(path)):
            keys = inside.setdefault(path[:end], [])
            if path[end] not in keys:
                keys.append(path[end])
    for container, keys in inside.items():
        said = f"{source}: {'.'.join(container)} is given as"
        if container in paths:
            raise VerifyError(f"{said} a tensor and as a container of {', '.join(keys)}", "give only one of the two")
        positions = [key for key in keys if key.isdigit()]
        if positions and sorted(keys) != sorted(map(str, range(len(keys)))):
            fact = f"{said} a list with the positions {', '.join(keys)}"
            raise VerifyError(fact, f"positions count from 0: here from 0 to {len(keys) - 1}, and no other keys")


def _name(path: Path) -> str:
    """Return the name of an input in a spec: ``batch_image`` for the tensor image in the argument batch."""
    return path[0] if len(path) == 1 else re.sub(r"\W", "_", "_".join(path))


def forward_arguments(module: nn.Module, given: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments ``given`` for ``forward``, split into positional arguments and keyword arguments.

    They are passed by name, so that any of them may be left out. The first ones are positional if hooks of the module
    read them, or if the signature requires it.
    """
    first: list[str] = []
    parameters = parameters_of(module)
    if module._forward_pre_hooks or module._forward_hooks or any(each.kind.name == _NAMELESS for each in parameters):
        for each in parameters:
            if each.name not in given or not each.kind.name.startswith("POSITIONAL"):
                break
            first.append(each.name)
    return tuple([given[name] for name in first]), {name: each for name, each in given.items() if name not in first}


def parameters_of(module: nn.Module) -> list[Parameter]:
    """Return the parameters of ``forward``; empty if it is not Python, as in TorchScript."""
    try:
        return list(signature(module.forward).parameters.values())
    except ValueError:
        return []
