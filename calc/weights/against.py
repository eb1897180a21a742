"""Keys and shapes of a file beside those of a network's state dict."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from calc.model.graph import Graph, buffers, parameters
from calc.spec import expand, load
from calc.spec.shelf import packaged
from calc.weights.stored import StoredTensor

Sizes = tuple[int, ...]
COUNTER = "num_batches_tracked"
"""Of a batch norm; a file from before PyTorch had it fits all the same."""


class KeyDifference(NamedTuple):
    """A key that one side alone has, or that has other sizes there; the sizes are None where it is not.

    ``transposed``: a matrix with rows for columns, as GPT-2's files have some.
    """

    key: str
    kind: Literal["missing", "surplus", "transposed", "other shape"]
    in_file: Sizes | None
    in_spec: Sizes | None


class KeyComparison(NamedTuple):
    """A file and a network: ``agreeing`` keys are in both with the same sizes.

    ``file_prefix`` is what all keys of the file begin with beyond those of the network, ``spec_prefix`` the other way
    round; they are left out of the comparison, but such a file does not fit as it is.
    """

    agreeing: int
    differences: tuple[KeyDifference, ...]
    file_prefix: str = ""
    spec_prefix: str = ""

    @property
    def fits(self) -> bool:
        """Whether the file is the network's as it is."""
        return not (self.differences or self.file_prefix or self.spec_prefix)


def keys_against(tensors: Sequence[StoredTensor], graph: Graph) -> KeyComparison:
    """The tensors of a file beside the parameters and buffers of ``graph``.

    Of a tensor that several layers have, one key suffices: files leave the others out.
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
    return max([plain, *others], key=lambda found: found.agreeing)  # the first, where several agree alike


def against_packaged(tensors: Sequence[StoredTensor]) -> tuple[tuple[str, KeyComparison], ...]:
    """Every packaged spec at its own params, by name, beside the tensors of a file.

    Those that fit come first, the others by how many keys agree.
    """
    found = [(name, keys_against(tensors, expand(load(path)))) for name, path in packaged().items()]
    return tuple(
        sorted(found, key=lambda each: (not each[1].fits, -each[1].agreeing, len(each[1].differences), each[0]))
    )


def _tied(graph: Graph) -> dict[str, str]:
    """The keys of tensors that are another layer's, and that layer's key."""
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
    """What all names begin with: each number of whole parts."""
    parts = [name.split(".")[:-1] for name in named]
    shared = 0
    while parts and all(len(each) > shared and each[shared] == parts[0][shared] for each in parts):
        shared += 1
    return [".".join(parts[0][: at + 1]) + "." for at in range(shared)]


def _without(named: Mapping[str, Sizes], prefix: str) -> dict[str, Sizes]:
    return {name[len(prefix) :]: sizes for name, sizes in named.items()}
