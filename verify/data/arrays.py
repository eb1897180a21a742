"""Inputs that are no pictures: arrays of an .npz file, as NumPy saves them, with a label each."""

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
"""What the arrays may be called, with ``_train`` or ``_test`` behind it where a file has both."""
MAX_BYTES = 2**33
"""Of the arrays, which are held in memory: 8 GiB."""
_HINT = "numpy.savez(FILE, x=inputs, y=labels), or x_train, y_train, x_test and y_test"


class Arrays(Images):
    """The inputs in ``path``, each of ``sizes``, and their labels below ``classes``.

    A missing axis of one channel is added, and channels that stand last are moved to the front. Numbers of 8 bits are
    pictures, from 0 to 255; any others are what the network takes. Raises VerifyError.
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
    """The inputs and the labels of ``split``, or those of a file that has no split."""
    with zipfile.ZipFile(file) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        found = []
        for names in (INPUTS, LABELS):
            wanted = [f"{name}_{split}" for name in names] + list(names)
            name = next((name for name in wanted if name in members), None)
            if name is None:
                has = ", ".join(list(members)[:8]) or "nothing"
                raise VerifyError(f"{path}: holds {has}, and none of {', '.join(names)}", _HINT)
            _require_room(path, archive, members[name])
            with archive.open(members[name]) as member:
                found.append(numpy.lib.format.read_array(member, allow_pickle=False))
    return found[0], found[1]


def _require_room(path: Path, archive: zipfile.ZipFile, name: str) -> None:
    """Raise VerifyError where the head of an array says more than can be held; ValueError where it is no array."""
    with archive.open(name) as member:
        version = numpy.lib.format.read_magic(member)
        read = numpy.lib.format.read_array_header_1_0 if version == (1, 0) else numpy.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_BYTES:
        raise VerifyError(f"{path}: {name} takes {size:,} bytes, at most {MAX_BYTES:,} are read")


def _shaped(path: Path, inputs: Any, sizes: tuple[int, ...]) -> Any:
    """``inputs`` with each of ``sizes``. Raises VerifyError where it is of others, with both."""
    if inputs.dtype.kind not in "fiub":
        raise VerifyError(f"{path}: the inputs are {inputs.dtype}, not numbers")
    found = inputs.shape[1:]
    if found == sizes:
        return inputs
    if sizes[:1] == (1,) and found == sizes[1:]:
        return inputs[:, None]
    if len(sizes) > 1 and found == (*sizes[1:], sizes[0]):
        return numpy.moveaxis(inputs, -1, 1)
    shown, wanted = ("×".join(map(str, each)) or "scalar" for each in (found, sizes))
    raise VerifyError(f"{path}: each input is {shown}, the network's {wanted}", "--input, or other arrays")


def _checked_labels(path: Path, labels: Any, inputs: int, classes: int) -> list[int]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (inputs,) or labels.dtype.kind not in "iu":
        shape = "×".join(map(str, labels.shape))
        raise VerifyError(f"{path}: labels are {shape} {labels.dtype}; must be {inputs} integers, one for each input")
    if not inputs:
        raise VerifyError(f"{path}: holds no inputs")
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= classes:
        fact = f"{path}: labels run from {least} to {most}, the network has {classes} outputs"
        raise VerifyError(fact, "another spec or data set, or --set classes=N")
    return [int(label) for label in labels]
