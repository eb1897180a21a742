"""Compares the keys and shapes of a file of weights with those of a network's state dict."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, load
from calc.spec.shelf import packaged
from calc.weights.stored import StoredTensor

Sizes = tuple[int, ...]
COUNTER = "num_batches_tracked"
"""A buffer of a batch norm that files from older versions of PyTorch lack, and that may be missing."""


class KeyDifference(NamedTuple):
    """A key that only one side has, or that has other sizes there. Missing sizes are None.

    ``transposed`` is a matrix with its rows and columns exchanged, as some in the files of GPT-2.
    """

    key: str
    kind: Literal["missing", "surplus", "transposed", "other shape"]
    in_file: Sizes | None
    in_spec: Sizes | None


class KeyComparison(NamedTuple):
    """The comparison of a file with a network. ``agreeing`` keys are in both with the same sizes.

    ``file_prefix`` is a prefix that all keys of the file have and those of the network lack; ``spec_prefix`` is the
    reverse. Prefixes are left out of the comparison, but such a file does not fit.
    """

    agreeing: int
    differences: tuple[KeyDifference, ...]
    file_prefix: str = ""
    spec_prefix: str = ""

    @property
    def fits(self) -> bool:
        """True if the file fits the network as it is."""
        return not (self.differences or self.file_prefix or self.spec_prefix)


def keys_against(tensors: Sequence[StoredTensor], graph: Graph) -> KeyComparison:
    """Compare the tensors of a file with the parameters and buffers of ``graph``.

    One key suffices for a tensor that several layers share, because files leave the others out.
    """
    held = {tensor.name: tensor.sizes for tensor in tensors}
    wanted = parameters(graph) | buffers(graph)
    tied = _tied(graph)
    plain = _compared(held, wanted, tied)
    others = [
        _compared(_without(held, prefix), wanted, tied)._replace(file_prefix=prefix) for prefix in _prefixes(held)
    ]
    for prefix in _prefixes({key: sizes for key, sizes in wanted.items() if key not in tied}):
        within = {key: sizes for key, sizes in wanted.items() if key.startswith(prefix)}
        others.append(_compared(held, _without(within, prefix), {})._replace(spec_prefix=prefix))
    return max([plain, *others], key=lambda found: found.agreeing)  # the first of several with equal numbers


def against_packaged(tensors: Sequence[StoredTensor]) -> tuple[tuple[str, KeyComparison], ...]:
    """Compare the tensors of a file with every packaged spec at its default params.

    Specs that fit come first, then the others by the number of keys that agree.
    """
    found = [(name, keys_against(tensors, expand(load(path)))) for name, path in packaged().items()]
    return tuple(
        sorted(found, key=lambda each: (not each[1].fits, -each[1].agreeing, len(each[1].differences), each[0]))
    )


def _tied(graph: Graph) -> dict[str, str]:
    """Return the keys of tensors that belong to another layer, with the key there."""
    nodes = graph.nodes
    return {
        f"{own}.{tensor}": f"{held}.{tensor}"
        for node in nodes
        for tensor, owner in (() if node.again else node.tied.items())
        for own, held in zip(node.names, nodes[owner].names, strict=True)
        if tensor
    }


def _compared(held: Mapping[str, Sizes], wanted: Mapping[str, Sizes], tied: Mapping[str, str]) -> KeyComparison:
    differences = [
        KeyDifference(key, "missing", None, sizes)
        for key, sizes in wanted.items()
        if key not in held and key.rpartition(".")[2] != COUNTER and tied.get(key) not in held
    ]
    differences += [KeyDifference(key, "surplus", sizes, None) for key, sizes in held.items() if key not in wanted]
    both = [key for key in held if key in wanted]
    other = [key for key in both if held[key] != wanted[key]]
    differences += [
        KeyDifference(
            key, "transposed" if _are_transposed(held[key], wanted[key]) else "other shape", held[key], wanted[key]
        )
        for key in other
    ]
    return KeyComparison(len(both) - len(other), tuple(differences))


def _are_transposed(sizes: Sizes, wanted: Sizes) -> bool:
    return len(sizes) == 2 and sizes == wanted[::-1]


def _prefixes(named: Mapping[str, Sizes]) -> list[str]:
    """Return the common prefixes of all names, one for each number of whole parts."""
    parts = [name.split(".")[:-1] for name in named]
    shared = 0
    while parts and all(len(each) > shared and each[shared] == parts[0][shared] for each in parts):
        shared += 1
    return [".".join(parts[0][: at + 1]) + "." for at in range(shared)]


def _without(named: Mapping[str, Sizes], prefix: str) -> dict[str, Sizes]:
    return {name[len(prefix) :]: sizes for name, sizes in named.items()}
