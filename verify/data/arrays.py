"""Reads labelled inputs from the arrays of an .npz file, as NumPy saves them."""

import hashlib
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy

from verify import files
from verify.data.images import Images, Sample
from verify.errors import VerifyError

INPUTS, LABELS = ("x", "inputs", "images", "data"), ("y", "labels", "targets")
"""The accepted names of the arrays. ``_train`` or ``_test`` follows if a file has both splits."""
MAX_BYTES = 2**33
"""The largest size of each array, because arrays are held in memory: 8 GiB."""
_HINT = "numpy.savez(FILE, x=inputs, y=labels) writes one, also with x_train, y_train, x_test and y_test"


class Arrays(Images):
    """The inputs in ``path``, each of ``sizes``, and their labels from 0 to ``classes`` − 1.

    A missing axis of one channel is added, and channels on the last axis are moved to the front. 8-bit numbers are
    pictures, from 0 to 255; other numbers go into the network unchanged. Raises VerifyError if the file does not fit.
    """

    are_pictures = False

    def __init__(self, path: Path, sizes: tuple[int, ...], classes: int, split: str = "test") -> None:
        files.require_regular(str(path), _HINT)
        try:
            with path.open("rb") as file:
                inputs, labels = _read(path, file, split)
        except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
            raise VerifyError(f"{path}: cannot be read: {error}", _HINT) from None
        self.inputs = _shaped(path, inputs, sizes)
        self.labels = _checked_labels(path, labels, len(inputs), classes)
        self.classes = tuple(map(str, range(classes)))
        self.names = [f"{path}[{index}]" for index in range(len(self.labels))]
        digest = hashlib.sha256(numpy.ascontiguousarray(inputs).tobytes() + labels.tobytes()).hexdigest()
        self.identity = f"{len(self.labels)} arrays {digest[:16]}"

    def open(self, index: int) -> Sample:
        return self.inputs[index]


def _read(path: Path, file: IO[bytes], split: str) -> tuple[Any, Any]:
    """Return the inputs and labels of ``split``, or all of them if the file has no splits."""
    with zipfile.ZipFile(file) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        found = []
        for names in (INPUTS, LABELS):
            wanted = [f"{name}_{split}" for name in names] + list(names)
            name = next((name for name in wanted if name in members), None)
            if name is None:
                has = ", ".join(list(members)[:8]) or "nothing"
                raise VerifyError(f"{path}: holds {has}, but no array called {' or '.join(names)}", _HINT)
            _require_room(path, archive, members[name])
            with archive.open(members[name]) as member:
                found.append(numpy.lib.format.read_array(member, allow_pickle=False))
    return found[0], found[1]


def _require_room(path: Path, archive: zipfile.ZipFile, name: str) -> None:
    """Raise VerifyError if an array is larger than MAX_BYTES by its header, and ValueError if it is not an array."""
    with archive.open(name) as member:
        version = numpy.lib.format.read_magic(member)
        read = numpy.lib.format.read_array_header_1_0 if version == (1, 0) else numpy.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_BYTES:
        raise VerifyError(f"{path}: {name} takes {size:,} bytes, but at most {MAX_BYTES:,} are read")


def _shaped(path: Path, inputs: Any, sizes: tuple[int, ...]) -> Any:
    """Return ``inputs`` with the sizes ``sizes`` of each input.

    Raises VerifyError with both sizes if they do not fit.
    """
    if inputs.dtype.kind not in "fiub":
        raise VerifyError(f"{path}: the inputs have the dtype {inputs.dtype}, which is not a number", _HINT)
    found = inputs.shape[1:]
    if found == sizes:
        return inputs
    if sizes[:1] == (1,) and found == sizes[1:]:
        return inputs[:, None]
    if len(sizes) > 1 and found == (*sizes[1:], sizes[0]):
        return numpy.moveaxis(inputs, -1, 1)
    shown, wanted = ("×".join(map(str, each)) or "scalar" for each in (found, sizes))
    fact = f"{path}: each input is {shown}, but the network's input is {wanted}"
    raise VerifyError(fact, "use --input, or other arrays")


def _checked_labels(path: Path, labels: Any, inputs: int, classes: int) -> list[int]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (inputs,) or labels.dtype.kind not in "iu":
        shape = "×".join(map(str, labels.shape))
        fact = f"{path}: the labels are {shape} {labels.dtype}, but there are {inputs} inputs"
        raise VerifyError(fact, f"{inputs} integers, one for each input")
    if not inputs:
        raise VerifyError(f"{path}: holds no inputs")
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= classes:
        fact = f"{path}: labels run from {least} to {most}, but the network has {classes} outputs"
        raise VerifyError(fact, "use another spec or data set, or --set classes=N")
    return [int(label) for label in labels]
