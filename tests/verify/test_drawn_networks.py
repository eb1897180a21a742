"""Whole drawn specs, built and run: calc's numbers are torch's, to the last integer.

Every op is forced into its own share of the examples, so none can be missed: at least 200 examples by
default, 2,000 in the nightly profile. ``--hypothesis-show-statistics`` tells how often each op stood in one.
"""

import os
from collections import Counter
from collections.abc import Iterator
from math import ceil

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.graph import buffers, parameters
from calc.ops import WORDS
from calc.spec import expand, loads
from tests.strategies import DrawnSpec, import_drawing, specs

pytest.importorskip("torch")
from verify.build import Network, build  # after the check that torch is there
from verify.compare import compare
from verify.measure import measure

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
    pytest.mark.filterwarnings("ignore:LSTM with projections"),
]

TOTAL = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 200
EACH = ceil(TOTAL / len(WORDS))

import_drawing()
drawn_words: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _report_coverage() -> Iterator[None]:
    yield
    covered = ", ".join(f"{word} {drawn_words[word]}" for word in sorted(drawn_words))
    print(f"\n{sum(drawn_words.values())} layers drawn: {covered}")


@pytest.mark.parametrize("word", WORDS)
def test_calc_is_torch(word: str) -> None:
    before = drawn_words[word]

    @settings(max_examples=EACH)
    @given(specs(word), st.integers(1, 2))
    def agree(spec: DrawnSpec, batch: int) -> None:
        for found in set(spec.words):
            event(f"op {found}")
        drawn_words.update(spec.words)
        analysis = analyse(expand(loads(spec.text)), bits="8", batch=batch)
        graph = analysis.graph
        network = build(graph)
        tensors = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
        assert tensors == {**parameters(graph), **buffers(graph)}
        measured = measure(network, network.layers, Network.sample(graph, batch))
        assert [str(mismatch) for mismatch in compare(analysis, measured)] == []

    agree()
    assert drawn_words[word] - before >= EACH, f"{word} was drawn {drawn_words[word] - before} times"
