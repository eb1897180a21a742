"""Lifetimes drawn by hypothesis, without a network behind them."""

from hypothesis import strategies as st

from calc.memory import Lifetimes


@st.composite
def lifetimes_and_sizes(draw: st.DrawFn) -> tuple[Lifetimes, list[int]]:
    """Up to nine tensors, each with the node at which it is needed last, and their bytes, 0 for what is no tensor."""
    nodes = draw(st.integers(1, 9))
    sizes = [draw(st.integers(0, 100)) for _ in range(nodes)]
    lasts = [draw(st.integers(made, nodes - 1)) for made in range(nodes)]
    freed = tuple([tuple([made for made in range(nodes) if sizes[made] and lasts[made] == at]) for at in range(nodes)])
    lifetimes = Lifetimes(
        reads=((),) * nodes,
        storage=tuple(range(nodes)),
        elements=tuple(sizes),
        freed=freed,
        unread=(),
        integers=(),
    )
    return lifetimes, sizes
