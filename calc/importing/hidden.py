"""Renames layers outside of all modules that a module hides from the layers in it.

A name in ``from`` means the layer of that name in the nearest scope. So a layer in a module with a layer ``multiply``
cannot read another one called ``multiply`` that is outside of all modules.
"""

from collections.abc import Collection, Iterator, Sequence

from calc.importing.names import numbered


def names_in_sight(
    layers: Sequence[tuple[str, Sequence[str]]], free: Collection[str], reserved: Collection[str]
) -> dict[str, str]:
    """Return new names, by the old ones, for layers outside of all modules that one of their readers cannot name.

    ``layers`` has the name of each layer and the names of the layers that it reads. Only names in ``free`` may change,
    and no layer gets a name in ``reserved``.
    """
    scopes = {around for name, _ in layers for around in (name, *_around(name))}
    taken = {part for name, _ in layers for part in name.split(".")} | set(reserved)
    found: dict[str, str] = {}
    for reader, read in layers:
        for name in read:
            if "." in name or name in found or name not in free:
                continue
            if any(f"{scope}.{name}" in scopes for scope in _around(reader)):
                number = 2
                while numbered(name, number) in taken:
                    number += 1
                found[name] = numbered(name, number)
                taken.add(found[name])
    return found


def _around(name: str) -> Iterator[str]:
    """Yield the modules around the layer ``name``, from the inside out."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name
