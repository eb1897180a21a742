"""A network that is split over several files: the index of safetensors names them, each with the tensors in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from calc.errors import Nearest, Problem, SpecError, number_of
from calc.frozen import FrozenDict
from calc.reading import opened
from calc.weights.header import HeaderReader
from calc.weights.safetensors import MAX_HEADER_BYTES, parse_json
from calc.weights.stored import FileByte, WeightFile


def read_index(path: Path, read: Callable[[str], WeightFile]) -> WeightFile:
    """The files that the index at ``path`` names, as one; ``read`` reads one. Raises SpecError."""
    with opened(path) as file:
        reader = HeaderReader(file)
        if reader.size > MAX_HEADER_BYTES:
            raise reader.error(f"the index has {reader.size:,} bytes, at most {MAX_HEADER_BYTES:,} are read")
        index = parse_json(reader, reader.take(reader.size, "the index"), 0)
    names = _weight_map(str(path), index)
    shards = [read(str(path.parent / shard)) for shard in dict.fromkeys(names.values())]
    return joined_shards(str(path), shards, _compared(str(path), names, shards), file.size)


def joined_shards(path: str, shards: list[WeightFile], notes: tuple[str, ...], index_bytes: int) -> WeightFile:
    """Several files as one."""
    return WeightFile(
        path,
        shards[0].kind,
        tuple([tensor for shard in shards for tensor in shard.tensors]),
        sum([shard.header_bytes for shard in shards]) + index_bytes,
        sum([shard.padding_bytes for shard in shards]),
        sum([shard.file_bytes for shard in shards]) + index_bytes,
        len(shards),
        FrozenDict({key: value for shard in reversed(shards) for key, value in shard.facts.items()}),
        notes,
    )


def _weight_map(path: str, index: dict[str, Any]) -> dict[str, str]:
    """Of each tensor, the file that it is in."""
    found = index.get("weight_map")
    if not isinstance(found, dict) or not found:
        raise SpecError([Problem(FileByte(path, 0), "no index of safetensors: it has no weight_map of names to files")])
    for name, shard in found.items():
        if (
            not isinstance(shard, str)
            or Path(shard).name != shard
            or "\\" in shard
            or not shard.endswith(".safetensors")
        ):
            fact = f"{name[:200]}: {str(shard)[:200]} must be the name of a .safetensors file beside the index"
            raise SpecError([Problem(FileByte(path, 0), fact)])
    return found


def _compared(path: str, names: dict[str, str], shards: list[WeightFile]) -> tuple[str, ...]:
    """Notes on what index and files say differently. Raises SpecError for tensors that the files do not have."""
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
