"""Inspects a file of torch.export before PyTorch reads it, so that nothing in it runs as code.

PyTorch alone would run some: it unpickles parts that it cannot read in another way, loads compiled libraries, looks up
functions by any path below ``torch``, and evaluates sizes as Python. The code of guards in the file is never used.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zipfile import BadZipFile, ZipFile

from calc.reading import opened
from verify.errors import VerifyError

_FUNCTION = re.compile(
    r"torch\.ops\.(?!load_library|import_module|loaded_libraries)[a-z]\w*"
    r"\.((?!__)\w+(\.[A-Za-z]\w*)?|__i?(and|or|xor|lshift|rshift)__\.[A-Za-z]\w*)"
    r"|_operator\.\w+|math\.[a-z]\w*|torch\.(_)?sym_\w+"
)
"""The functions that a node may call: operations, and arithmetic on sizes."""
_SYMBOL = re.compile(r"\bSymbol\('\w+'")
_SIZE = re.compile(r"[\w\s+\-*/%(),.<>=!&|~]*")
_CALL, _ATTRIBUTE = re.compile(r"\b[a-z_]\w*\s*\("), re.compile(r"[A-Za-z_)]\s*\.")
_WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def require_data(path: str) -> None:
    """Raise VerifyError if the file at ``path`` holds more than data, and SpecError if it cannot be read."""
    with opened(path) as file:
        try:
            with ZipFile(file.file) as archive:
                names = archive.namelist()
                _require_parts(path, names)
                for name in names:
                    if name.endswith(".json"):
                        _require_plain(path, json.loads(archive.read(name)))
        except (BadZipFile, ValueError, RecursionError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise VerifyError(
                f"{path} is not a file of torch.export: {error}", "torch.export.save writes one"
            ) from None


@contextmanager
def without_pickles() -> Iterator[None]:
    """Make PyTorch read only tensors from pickled data inside the ``with`` block."""
    before = os.environ.get(_WEIGHTS_ONLY)
    os.environ[_WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_WEIGHTS_ONLY]
        else:
            os.environ[_WEIGHTS_ONLY] = before


def _require_parts(path: str, names: list[str]) -> None:
    if len(names) != len(set(names)):
        raise VerifyError(f"{path} holds two parts with the same name")
    for name in names:
        if "aotinductor" in name or name.endswith((".so", ".dll", ".dylib")):
            raise VerifyError(
                f"{path} holds a compiled library, which is never run: {name}", "torch.export.save writes none"
            )
        if "custom_obj" in name:
            raise VerifyError(f"{path} holds an object of a custom class, which is never created: {name}")


def _require_plain(path: str, value: Any) -> None:
    """Raise VerifyError if ``value``, read from JSON, calls a function that is not allowed or has code in a size."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += found.values()
            target, size = found.get("target"), found.get("expr_str")
            if isinstance(target, str) and "inputs" in found and not _FUNCTION.fullmatch(target):
                raise VerifyError(f"{path} calls {target[:100]}, which is not an operation of PyTorch")
            sizes = [size, *(found.get("range_constraints") or ())]
            for text in sizes:
                if isinstance(text, str) and not _is_size(text):
                    raise VerifyError(f"{path} has the size {text[:100]!r}, which is not arithmetic")


def _is_size(text: str) -> bool:
    """Return whether ``text`` has only numbers, symbols and sympy's classes, without other calls or attributes."""
    bare = _SYMBOL.sub("Symbol(", text)
    return bool(_SIZE.fullmatch(bare)) and "__" not in text and not _CALL.search(bare) and not _ATTRIBUTE.search(bare)
