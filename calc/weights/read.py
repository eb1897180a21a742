"""Which reader a file takes: it begins as GGUF files do, it is an index of shards, or it is safetensors."""

from pathlib import Path

from calc.errors import SpecError
from calc.reading import opened
from calc.weights.header import HeaderReader
from calc.weights.safetensors import read_safetensors
from calc.weights.shards import read_index
from calc.weights.stored import WeightFile

_BEGINNINGS = {
    b"PK\x03\x04": "it is a zip, as torch.save writes",
    b"\x80\x02": "it is a pickle, as torch.save wrote",
    b"\x89HDF": "it is HDF5, as Keras writes",
}
_SAVE = "save the state dict with safetensors.torch.save_file"
SUFFIXES = (".safetensors", ".safetensors.index.json", ".gguf")


def is_weight_file(path: str) -> bool:
    """Whether a file is called as files of weights are."""
    return path.endswith(SUFFIXES)


def read_weights(path: str) -> WeightFile:
    """What the header of the file at ``path`` says. Raises SpecError for what is none, and for all that is wrong."""
    if path.endswith(".json"):
        return read_index(Path(path), read_weights)
    with opened(path) as file:
        beginning = file.file.read(4)
        file.file.seek(0)
        for known, what in _BEGINNINGS.items():
            if beginning.startswith(known):
                raise _other(path, what)
        return read_safetensors(HeaderReader(file))


def _other(path: str, what: str) -> SpecError:
    from calc.errors import Problem
    from calc.weights.stored import FileByte

    return SpecError([Problem(FileByte(path, 0), f"no file of weights that is read here: {what}", _SAVE)])
