"""Parts of layer names: the block a layer belongs to, a name cut to a depth."""

_NUMBER = "#"


def pattern_of(name: str) -> tuple[str, ...]:
    """The parts of a name, with a mark for each number: ``layers.3.conv`` is alike to ``layers.11.conv``."""
    return tuple([_NUMBER if part.isdecimal() and part.isascii() else part for part in name.split(".")])


def block_of(name: str) -> str:
    """The block of a layer: its name up to the first numbered part that is not the first part.

    ``features.3.conv.0.0`` → ``features.3``, ``layer1.0.bn2`` → ``layer1.0``,
    ``encoder.layers.encoder_layer_7.mlp.0`` → ``encoder.layers.encoder_layer_7``. A name without such a
    part is cut to two.
    """
    parts = name.split(".")
    for index, part in enumerate(parts[1:], 2):
        if part[-1:].isdigit():
            return ".".join(parts[:index])
    return ".".join(parts[:2])


def at_depth(name: str, depth: int) -> str:
    """The first ``depth`` dot-separated parts of ``name``."""
    return ".".join(name.split(".")[:depth])
