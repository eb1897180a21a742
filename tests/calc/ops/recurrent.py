"""Drawing shared by lstm, gru and rnn."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.shape import Shape


def draw_recurrent(draw: DrawFn, x: Shape) -> dict[str, Any] | None:
    """Any hidden size, layers and directions, for (…, tokens, features)."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    return {
        "hidden_size": draw(st.integers(1, 6)),
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
