"""Drawn specs, built as modules and imported again: the same tensors and the same numbers, and a proof.

Names may be others. Words of ours that PyTorch has no operation for come back as the operations that they are made of.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.model.graph import Graph
from calc.ops.linear import Linear
from calc.sources.written import imported_text
from calc.spec import expand, loads
from tests.drawn_specs import DrawnSpec, single_layers, specs
from tests.strategies import BUILT, import_drawing
from tests.verify.importers.modules import lowered_of
from verify.build import Network, build
from verify.errors import VerifyError
from verify.importers.proof import prove

import_drawing()

REFUSED = {
    "relative_position_attention": "gathers scores at other positions for each query; code that shifts them imports",
    "roi_align": "takes the boxes of all samples as one list; of torchvision's detectors it is imported",
}
"""Words whose modules are no import, and why."""

_PADDED_BY_HAND = "with other padding at one side than at the other is a pad, a pool, and what is cut off after it"

BY_TOTALS = {
    **dict.fromkeys([f"{kind}_pool{rank}d" for kind in ("avg", "max") for rank in (1, 2, 3)], _PADDED_BY_HAND),
    "add": "of three tensors is two sums in PyTorch",
    "attention": "its parts are layers",
    "cache": "is a concat in code",
    "class_token": "is a concat with a tensor in code",
    "deform_conv2d": "its samples and its products are layers",
    "einsum": "of other than one product is sums and products",
    "frozen_batch_norm": "scales and shifts by tensors that it works out in each call",
    "layer_scale": "of one channel, or along a first axis, is a product with a tensor",
    "local_response_norm": "is a pool of squares in PyTorch",
    "multihead_attention": "over more axes than a sequence has its parts are layers",
    "multiply": "of three tensors is two products in PyTorch",
    "pooling_attention": "its parts are layers",
    "relative_attention": "its parts are layers",
    "rotary": "is products and sums in code",
    "scaled_dot_product_attention": "with a mask that is learnt, or with terms, its parts are layers",
    "selective_scan": "its turns are layers",
    "softsign": "is a quotient in PyTorch",
    "window_attention": "its parts are layers",
    "window_attention3d": "its parts are layers",
}
"""Words that come back as others, which cost the same in all, and why.

All others come back as the layers they were, with no more than views and pads beside them.
"""

POSITIVE = ("log", "lp_pool1d", "lp_pool2d", "lp_pool3d", "power", "sqrt")
"""Words that make no number of what is below 0, so that what arrives is made positive for them."""

MAY_BE_REFUSED = (
    "tensors of two sizes that are both read",
    "runs other operations for a batch of",
    "returns no tensor that depends on an input",
)
"""With what an import of a drawn network may be refused: a weight that arrives is another for each sample, so that the
built module goes from sample to sample; and nothing of the input may be left in what comes out.
"""

PROVES_NOTHING = ("is the same for every input", "is not finite")
"""Of outputs that nothing follows from; counts are compared all the same."""


class Named(Network):
    """A network whose inputs have names, and whose tensors are all called as PyTorch calls them."""

    def forward(self, a: Any = None, b: Any = None, c: Any = None, d: Any = None) -> Any:
        return super().forward(*[each for each in (a, b, c, d) if each is not None])


def module_of(graph: Graph) -> Network:
    """The network of ``graph``, with the names of attributes for its own tensors."""
    network = build(graph)
    network._own_tensors.clear()
    network._again_keys.clear()
    network.__class__ = Named
    return network


def rows(analysis: Analysis) -> Counter[tuple[Any, ...]]:
    """The word, the output elements, the MACs and the operations of each layer that runs any.

    Parameters are compared by the proof, key by key: whether a layer or a tensor beside it holds them is no matter.
    """
    found: Counter[tuple[Any, ...]] = Counter()
    for node, counts in zip(analysis.graph.nodes, analysis.counts, strict=True):
        if counts.macs or counts.elementwise:
            operations = tuple(sorted(counts.elementwise.items()))
            found[node.op.word, counts.output_elements, counts.macs, operations] += 1
    return found


def comes_back(spec: DrawnSpec) -> bool:
    """Whether ``spec`` comes back from its module, with the same numbers; False where the import may be refused.

    Raises AssertionError for other numbers, and for a refusal that says nothing that is allowed.
    """
    ours = analyse(expand(loads(spec.text)))
    nodes = ours.graph.nodes
    inputs = {name: nodes[index].shape.sizes for name, index in zip("abcd", ours.graph.inputs.values(), strict=False)}
    if len(inputs) < len(ours.graph.inputs):
        return False
    try:
        found = lowered_of(module_of(ours.graph), **inputs)
    except (SpecError, VerifyError) as error:
        if any(words in str(error) for words in MAY_BE_REFUSED):
            return False
        raise AssertionError(str(error)) from error
    proof = prove(found, imported_text(found.imported))
    facts = [f"{problem.layer}: {problem.fact}" for problem in proof.problems]
    if any(words in fact for fact in facts for words in PROVES_NOTHING):
        facts = [fact for fact in facts if "output" not in fact]
    assert not facts, facts
    assert (proof.params, proof.macs) == (ours.totals.params, ours.totals.macs)
    if not spec.words & BY_TOTALS.keys():
        assert rows(analyse(found.imported.graph)) == rows(ours)
    return True


def positive(spec: DrawnSpec) -> DrawnSpec:
    """``spec``, the first layer of which makes what arrives positive."""
    document = json.loads(spec.text)
    layers = {"above": {"softplus": {}}, **document["layers"]}
    for layer in layers.values():
        if "from" in layer:
            layer["from"] = ["above" if name == "input" else name for name in layer["from"]]
    return spec._replace(text=json.dumps({**document, "layers": layers}))


def run_drawn(drawn: st.SearchStrategy[DrawnSpec], examples: int) -> int:
    """Try so many of ``drawn``, the same ones each time; how many of them came back.

    Which do is for torch.export to say as much as for us, so that none is drawn by luck. DRAWN_TIMES draws fresh ones.
    """
    found = 0

    @settings(max_examples=examples, derandomize="DRAWN_TIMES" not in os.environ)
    @given(drawn)
    def run(spec: DrawnSpec) -> None:
        nonlocal found
        found += comes_back(spec)

    run()
    return found


def networks() -> st.SearchStrategy[DrawnSpec]:
    """Layers with branches, residuals, blocks and repeats that can be imported.

    Experts are none: which of them run is decided by the values that arrive.
    """
    return specs().filter(lambda spec: not spec.words & REFUSED.keys() and '"experts"' not in spec.text)


def test_drawn_networks_come_back() -> None:
    assert run_drawn(networks(), examples=3)


@pytest.mark.oracles
def test_many_drawn_networks_come_back() -> None:
    assert run_drawn(networks(), examples=40) > 20


@pytest.mark.oracles
@pytest.mark.parametrize("word", sorted(set(BUILT) - REFUSED.keys()))
def test_a_drawn_layer_comes_back(word: str) -> None:
    drawn = single_layers(word)
    assert run_drawn(drawn.map(positive) if word in POSITIVE else drawn, examples=3)


@pytest.mark.oracles
@pytest.mark.parametrize("word", REFUSED)
def test_a_word_that_is_no_import_is_refused_by_name(word: str) -> None:
    @settings(max_examples=1, derandomize=True)
    @given(single_layers(word))
    def run(spec: DrawnSpec) -> None:
        with pytest.raises(AssertionError, match=r"calc has no op for|selects elements at positions"):
            comes_back(spec)

    run()


def test_each_word_that_has_a_reason_is_one() -> None:
    assert {*REFUSED, *BY_TOTALS, *POSITIVE} <= set(BUILT)
    assert not REFUSED.keys() & BY_TOTALS.keys()


SPEC = """
name: net
input: [3, 8, 8]
layers:
  stem: {conv2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1, groups: 1}}
  norm: batch_norm
  sum: {residual: {body: {conv2d: {out_channels: 4, kernel_size: 3, padding: same}}, act: relu}}
  pool: {adaptive_avg_pool2d: 1}
  flat: flatten
  head: {linear: 5}
"""


def network(text: str) -> DrawnSpec:
    return DrawnSpec(text, frozenset(), frozenset())


def test_a_network_comes_back() -> None:
    assert comes_back(network(SPEC))


def test_other_numbers_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Linear.macs
    monkeypatch.setattr(Linear, "macs", lambda *given: 2 * right(*given))
    with pytest.raises(AssertionError, match="MACs run in it"):
        comes_back(network(SPEC))


def test_another_layer_of_the_same_numbers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    other = module_of(expand(loads(SPEC.replace("relu", "tanh"))))
    monkeypatch.setattr("tests.verify.importers.test_drawn.module_of", lambda _: other)
    with pytest.raises(AssertionError, match="tanh"):
        comes_back(network(SPEC))
