"""Reads a network that is split over several files.

An index of safetensors names the files, each with its tensors. A file of GGUF states the number of files, whose names
differ only in their number.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from calc.errors import Nearest, Problem, SpecError, number_of
from calc.frozen import FrozenDict
from calc.reading import opened
from calc.weights.header import HeaderReader
from calc.weights.safetensors import parse_json
from calc.weights.stored import FileByte, WeightFile

MAX_INDEX_BYTES = 32 * 2**20
MOST_SPLITS = 10_000
_APART = re.compile(r"[/\\\0]")
"""Matches characters that lead out of a folder."""
_SPLIT = re.compile(r"(?P<begins>.+)-\d{5}-of-(?P<of>\d{5})\.gguf")


def read_index(path: Path, read: Callable[[str], WeightFile]) -> WeightFile:
    """Return the files that the index at ``path`` names, as one. ``read`` reads one file. Raises SpecError."""
    with opened(path) as file:
        reader = HeaderReader(file)
        if reader.size > MAX_INDEX_BYTES:
            raise reader.error(f"the index has {reader.size:,} bytes, at most {MAX_INDEX_BYTES:,} are read")
        index = parse_json(reader, reader.take(reader.size, "the index"), 0, "the index")
    names = _weight_map(str(path), index)
    shards = [read(str(path.parent / shard)) for shard in dict.fromkeys(names.values())]
    return _joined(str(path), shards, _compared(str(path), names, shards), file.size)


def read_splits(part: WeightFile, read: Callable[[str], WeightFile]) -> WeightFile:
    """Return ``part`` with the other parts of its network in the same folder, or ``part`` itself if it is not split.

    Raises SpecError if one is missing or damaged, and if two contain a tensor of the same name.
    """
    count, named = part.facts.get("split.count", 0), _SPLIT.fullmatch(Path(part.path).name)
    if type(count) is not int or count < 2:
        return part
    if named is None or int(named["of"]) != count or count > MOST_SPLITS:
        note = f"a part of a network in {count:,} files, which are not called NAME-00001-of-{count:05}.gguf"
        return part._replace(notes=(*part.notes, note))
    begins, behind = named["begins"], named["of"]
    paths = [str(Path(part.path).with_name(f"{begins}-{at:05}-of-{behind}.gguf")) for at in range(1, count + 1)]
    return _joined(paths[0], [part if path == part.path else read(path) for path in paths])


def _joined(path: str, shards: list[WeightFile], notes: tuple[str, ...] = (), index_bytes: int = 0) -> WeightFile:
    """Return several files as one. Raises SpecError if two contain a tensor of the same name."""
    holders: dict[str, str] = {}
    for shard in shards:
        for tensor in shard.tensors:
            if tensor.name in holders:
                fact = f"{tensor.name[:200]}: is in {Path(holders[tensor.name]).name} too"
                raise SpecError([Problem(FileByte(shard.path, tensor.start), fact)])
            holders[tensor.name] = shard.path
    return WeightFile(
        path,
        shards[0].kind,
        tuple([tensor for shard in shards for tensor in shard.tensors]),
        sum([shard.header_bytes for shard in shards]) + index_bytes,
        sum([shard.padding_bytes for shard in shards]),
        sum([shard.file_bytes for shard in shards]) + index_bytes,
        tuple([shard.path for shard in shards]),
        FrozenDict({key: value for shard in reversed(shards) for key, value in shard.facts.items()}),
        (*notes, *[note for shard in shards for note in shard.notes]),
    )


def _weight_map(path: str, index: dict[str, Any]) -> dict[str, str]:
    """Return the file of each tensor."""
    found = index.get("weight_map")
    if not isinstance(found, dict) or not found:
        fact = "not an index of safetensors: it has no weight_map of names to files"
        raise SpecError([Problem(FileByte(path, 0), fact)])
    for name, shard in found.items():
        if not isinstance(shard, str) or _APART.search(shard) or not shard.endswith(".safetensors"):
            fact = f"{name[:200]}: {str(shard)[:200]} must be the name of a .safetensors file beside the index"
            raise SpecError([Problem(FileByte(path, 0), fact)])
    return found


def _compared(path: str, names: dict[str, str], shards: list[WeightFile]) -> tuple[str, ...]:
    """Return notes on the differences between index and files.

    Raises SpecError for tensors that the files do not have.
    """
    folder = Path(path).parent
    held = {shard.path: {tensor.name for tensor in shard.tensors} for shard in shards}
    problems = [
        Problem(FileByte(path, 0), f"{name[:200]}: is not in {shard}", Nearest(name, held[str(folder / shard)]))
        for name, shard in names.items()
        if name not in held[str(folder / shard)]
    ]
    if problems:
        raise SpecError(problems)
    more = sum(map(len, held.values())) - len(names)
    return (f"the files hold {number_of(more, 'tensor')} that the index does not name",) if more else ()
