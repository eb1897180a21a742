"""Chooses the reader of a file of weights: GGUF, an index of shards, or safetensors."""

import os
from pathlib import Path

from calc.errors import Problem, SpecError
from calc.reading import opened
from calc.weights import is_weight_file
from calc.weights.gguf import MAGIC, read_gguf
from calc.weights.header import HeaderReader
from calc.weights.safetensors import read_safetensors
from calc.weights.shards import read_index, read_splits
from calc.weights.stored import FileByte, WeightFile

_OTHERS = {
    b"PK\x03\x04": "it is a zip, as torch.save writes",
    b"\x80\x02": "it is a pickle, as torch.save wrote",
    b"\x89HDF": "it is HDF5, as Keras writes",
}
_SAVE = "save the state dict with safetensors.torch.save_file"


def read_weights(path: str) -> WeightFile:
    """Return the content of the header of the file at ``path``, and of the other files of its network.

    Raises SpecError if it is not a file of weights, or with all problems of it.
    """
    if os.path.isdir(path):
        inside = sorted([name for name in os.listdir(path) if is_weight_file(name)])
        hint = f"name a file in it: {', '.join(inside[:3])}" if inside else ""
        raise SpecError([Problem(None, f"{path}: is a folder", hint)])
    if path.endswith(".json"):
        return read_index(Path(path), _read)
    return read_splits(_read(path), _read)


def _read(path: str) -> WeightFile:
    with opened(path) as file:
        beginning = file.file.read(4)
        file.file.seek(0)
        for known, what in _OTHERS.items():
            if beginning.startswith(known):
                fact = f"not a file of weights that calc reads: {what}"
                raise SpecError([Problem(FileByte(path, 0), fact, _SAVE)])
        reader = HeaderReader(file)
        return read_gguf(reader) if beginning == MAGIC or path.endswith(".gguf") else read_safetensors(reader)
