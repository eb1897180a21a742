"""When the tensors of small graphs live, worked out by hand."""

from dataclasses import replace

from calc.counts import count
from calc.frozen import FrozenDict
from calc.memory import Lifetimes, lifetimes_of
from calc.memory.overwrites import Overwrite
from calc.model.graph import Graph
from tests.calc.graphs import Draft


def every_case() -> Graph:
    """A view, a head for training, a parameter, and a sum that nothing reads."""
    draft = Draft(2, 4, 4)
    draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    flat = draft.add("flat", "flatten")
    head = draft.add("head", "linear", out_features=10)
    draft.add("auxiliary", "linear", (flat,), out_features=1000, training_only=True)
    token = draft.add("token", "tensor", (), shape=[10])
    draft.add("sum", "add", (head, token))
    return draft.graph()


def test_the_lifetimes() -> None:
    graph = every_case()
    found = lifetimes_of(graph, count(graph))
    assert found.overwrites == (Overwrite(6, 3, 0),)  # the sum over what the head put out
    assert found == Lifetimes(
        reads=((), (0,), (1,), (2,), (), (), (3, 5)),
        storage=(0, 1, 1, 3, 4, 5, 6),
        elements=(2 * 4 * 4, 2 * 4 * 4, 0, 10, 0, 0, 10),
        # the image at a; a's output, seen through flat, at head; the rest at the end
        freed=((), (0,), (), (1,), (), (), (3, 6)),
        unread=(3, 4, 5, 6),
        integers=(),
    )


def test_the_output_lives_to_the_end_wherever_it_stands() -> None:
    graph = replace(every_case(), outputs=FrozenDict({"wide": 1}))
    assert lifetimes_of(graph, count(graph)).freed == ((), (0,), (), (), (), (), (1, 3, 6))
