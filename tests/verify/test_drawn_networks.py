"""Whole drawn specs, built and run: calc's numbers are torch's, to the last integer.

Every family of ops, and every feature of tests.spec_features, is forced into its own share of the examples, so none
can be missed: at least 130 examples for the families by default, 2,000 in the nightly profile. Each op also stands
alone, 20 times with other numbers in every run (what fails is printed with how to draw it again), and DRAWN_TIMES as
often where that is set. The summary at the end of the run tells in how many examples each of them stood.
"""

import os
from collections import Counter
from collections.abc import Callable
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.model.graph import buffers, parameters
from calc.ops import FILES
from calc.spec import expand, loads
from calc.tensors import tensors
from tests.drawn_specs import DrawnSpec, single_layers, specs, specs_with
from tests.spec_features import FEATURES
from tests.strategies import BUILT, import_drawing

pytest.importorskip("torch")
from verify.build import Network, build  # after the check that torch is there
from verify.compare import compare_counts
from verify.measure import measure
from verify.peak import measured_peak_bytes, planned_peak_bytes

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
    pytest.mark.filterwarnings("ignore:LSTM with projections"),
]

TOTAL = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 130
EACH = ceil(TOTAL / len({FILES[word] for word in BUILT}))
OF_FEATURE = ceil(EACH / 2)
LAYERS = 20 * int(os.environ.get("DRAWN_TIMES", "1"))

import_drawing()

Record = Callable[[str, object], None]


@pytest.mark.parametrize("file", sorted({FILES[word] for word in BUILT}))
def test_calc_is_torch(file: str, record_property: Record) -> None:
    words = [word for word in BUILT if FILES[word] == file]
    drawn = agreeing(st.sampled_from(words).flatmap(specs), settings(max_examples=EACH))
    assert sum(drawn[word] for word in words) >= EACH
    record_property("drawn", dict(drawn))


@pytest.mark.parametrize("word", BUILT)
def test_calc_is_torch_for_one_layer(word: str, record_property: Record) -> None:
    drawn = agreeing(single_layers(word), settings(max_examples=LAYERS, derandomize=False, print_blob=True))
    assert drawn[word] >= LAYERS
    record_property("drawn", dict(drawn))


@pytest.mark.parametrize("feature", FEATURES)
def test_calc_is_torch_where_a_spec_has(feature: str, record_property: Record) -> None:
    drawn = agreeing(specs_with(feature), settings(max_examples=OF_FEATURE))
    assert drawn[f"with {feature}"] >= OF_FEATURE
    record_property("drawn", dict(drawn))


def agreeing(drawn_specs: st.SearchStrategy[DrawnSpec], examples: settings) -> Counter[str]:
    """In how many examples each op and each feature stood; calc and torch agree on all of them."""
    drawn: Counter[str] = Counter()

    @examples
    @given(drawn_specs, st.integers(1, 2))
    def agree(spec: DrawnSpec, batch: int) -> None:
        drawn.update(["examples", f"with batch {batch}"])
        drawn.update(spec.words)
        drawn.update(f"with {feature}" for feature in spec.features)
        analysis = analyse(expand(loads(spec.text)), bits="8", batch=batch)
        graph = analysis.graph
        network = build(graph)
        state = network.state_dict()
        assert {key: tuple(tensor.shape) for key, tensor in state.items()} == {**parameters(graph), **buffers(graph)}
        for node, parameter, tensor in tensors(graph, analysis.counts):
            for name in graph.nodes[node].names if parameter is not None else ():
                held = state[f"{name}.{parameter}".removesuffix(".")]
                assert (tuple(held.shape), str(held.dtype)) == (tensor.shape.sizes, f"torch.{tensor.dtype}")
        measured = measure(network, network.layers, Network.sample(graph, batch))
        assert [str(mismatch) for mismatch in compare_counts(analysis, measured)] == []
        assert planned_peak_bytes(analysis) == measured_peak_bytes(analysis, network)

    agree()
    return drawn
