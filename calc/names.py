"""Parts of layer names, such as the block that a layer belongs to."""

from collections.abc import Sequence

_NUMBER = "#"


def pattern_of(name: str) -> tuple[str, ...]:
    """Return the parts of a name with a mark for each number: ``layers.3.conv`` and ``layers.11.conv`` are equal."""
    return tuple([_NUMBER if part.isdecimal() and part.isascii() else part for part in name.split(".")])


def block_of(name: str) -> str:
    """Return the block of a layer: its name up to the first numbered part that is not the first part.

    ``features.3.conv.0.0`` → ``features.3``, ``layer1.0.bn2`` → ``layer1.0``, ``encoder.layers.encoder_layer_7.mlp.0``
    → ``encoder.layers.encoder_layer_7``. A name without such a part is cut to two.
    """
    parts = name.split(".")
    for index, part in enumerate(parts[1:], 2):
        if part[-1:].isdigit():
            return ".".join(parts[:index])
    return ".".join(parts[:2])


def at_depth(name: str, depth: int) -> str:
    """Return the first ``depth`` dot-separated parts of ``name``."""
    return ".".join(name.split(".")[:depth])


def name_of_all(names: Sequence[str]) -> str:
    """Return one name for several names of one pattern, with the ranges of their numbers: ``layers.{0..31}.conv``."""
    places = zip(*[name.split(".") for name in names], strict=True)
    return ".".join([at[0] if len(set(at)) == 1 else f"{{{number_ranges(at)}}}" for at in places])


def number_ranges(numbers: Sequence[str]) -> str:
    """Return numbers as ranges: ``0..3,7`` for 3, 0, 1, 2, 7, 7."""
    found: list[list[int]] = []
    for number in sorted(set(map(int, numbers))):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join([str(first) if first == last else f"{first}..{last}" for first, last in found])
