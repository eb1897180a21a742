"""Drawn specs, built as modules and imported again: the same tensors and the same numbers, and a proof.

Words of ours that PyTorch has no operation for come back as the operations that they are made of.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.errors import SpecError
from calc.model.graph import Graph
from calc.ops.linear import Linear
from calc.spec import expand, loads
from calc.spec.write import spec_text
from tests.drawn_specs import DrawnSpec, single_layers
from tests.strategies import import_drawing
from tests.verify.importers.modules import lowered_of
from verify.build import Network, build
from verify.errors import VerifyError
from verify.importers.proof import prove

import_drawing()

FEW = ("batch_norm", "conv2d", "linear", "matmul")
"""Of the default run; the others are drawn where the oracles are."""

MORE = (
    "abs", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "add", "attention", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "bilinear", "cache", "celu", "channel_shuffle", "clamp", "class_token", "concat", "conv1d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "cos", "cumsum", "deform_conv2d", "divide",
    "dropout", "einsum", "elu", "embedding", "exp", "expand", "flatten", "flip", "fold", "frozen_batch_norm",
    "gelu", "glu", "grid_sample", "group_norm", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "identity", "index", "instance_norm", "layer_norm", "layer_scale", "leaky_relu", "local_response_norm", "log",
    "log_softmax", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
)  # fmt: skip
"""Those of the run with oracles: of every family of operations that PyTorch has a module or a function for."""

ALLOWED = (
    "has no op for",
    "tensors of two sizes that are read",
    "runs other operations for a batch of",
    "the output is the same for every input",
    "returns no tensor that comes from an input",
    "the output is not finite",
)
"""With what an import of a drawn network may be refused: the drawing does not know which operations PyTorch runs for
it, nor whether anything of the input is left in what comes out.
"""


class Named(Network):
    """A network whose inputs have names, and whose tensors are all called as PyTorch calls them."""

    def forward(self, a: Any = None, b: Any = None, c: Any = None, d: Any = None) -> Any:
        return super().forward(*[each for each in (a, b, c, d) if each is not None])


def module_of(graph: Graph) -> Network:
    """The network of ``graph``, its own tensors under the names that they have as attributes."""
    network = build(graph)
    network._own_tensors.clear()
    network.__class__ = Named
    return network


def agrees(text: str) -> bool:
    """Whether the spec ``text`` comes back from its module; False where the import may be refused.

    Raises AssertionError for other numbers, and for a refusal that says nothing that is allowed.
    """
    ours = analyse(expand(loads(text)))
    nodes = ours.graph.nodes
    inputs = {name: nodes[index].shape.sizes for name, index in zip("abcd", ours.graph.inputs.values(), strict=False)}
    if len(inputs) < len(ours.graph.inputs):
        return False
    try:
        found = lowered_of(module_of(ours.graph), **inputs)
    except (SpecError, VerifyError) as error:
        if any(words in str(error) for words in ALLOWED):
            return False
        raise AssertionError(str(error)) from error
    proof = prove(found, spec_text(found.imported.graph))
    facts = [f"{problem.layer}: {problem.fact}" for problem in proof.problems]
    assert all(any(words in fact for words in ALLOWED) for fact in facts), facts
    assert (proof.params, proof.macs) == (ours.totals.params, ours.totals.macs)
    return not facts


@pytest.mark.parametrize("word", FEW)
def test_a_drawn_layer_comes_back_or_is_refused(word: str) -> None:
    come_back(single_layers(word), examples=1)


@pytest.mark.oracles
@pytest.mark.parametrize("word", MORE)
def test_any_drawn_layer_comes_back_or_is_refused(word: str) -> None:
    come_back(single_layers(word), examples=2)


def come_back(drawn: st.SearchStrategy[DrawnSpec], examples: int) -> None:
    @settings(max_examples=examples)
    @given(drawn)
    def run(spec: DrawnSpec) -> None:
        agrees(spec.text)

    run()


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


def test_a_network_comes_back() -> None:
    assert agrees(SPEC)


def test_other_numbers_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Linear.macs
    monkeypatch.setattr(Linear, "macs", lambda *given: 2 * right(*given))
    with pytest.raises(AssertionError, match="MACs run in it"):
        agrees(SPEC)
