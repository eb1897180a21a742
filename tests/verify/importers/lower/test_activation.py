"""Activations, with their arguments."""

import pytest
from torch import nn
from torch.nn import functional

from tests.verify.importers.lower_check import words, words_of
from tests.verify.importers.modules import fields, lowered_of


def test_activations() -> None:
    several = (
        nn.ReLU(), nn.ReLU6(), nn.Hardtanh(-2, 3), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.CELU(2.0), nn.SELU(),
        nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Softplus(2.0), nn.Hardswish(), nn.Hardsigmoid(), nn.Tanh(),
        nn.Threshold(0.1, 0.2), nn.Hardshrink(0.01), nn.Sigmoid(),
    )  # fmt: skip
    found = words_of(nn.Sequential(*several), (3, 4))
    assert found == (
        "relu relu6 hardtanh leaky_relu elu celu selu gelu silu mish softplus hardswish hardsigmoid tanh "
        "threshold hardshrink sigmoid"
    )


def test_arguments_are_kept_where_they_are_not_usual() -> None:
    graph = lowered_of(nn.Sequential(nn.GELU("tanh"), nn.Hardtanh(-2, 3)), input=(3,)).imported.graph
    assert fields(graph, "0") == {"approximate": "tanh"}
    assert fields(graph, "1") == {"min_val": -2.0, "max_val": 3.0}


def test_a_slope_for_each_channel_is_learnt() -> None:
    assert words_of(nn.PReLU(3), (3, 4)) == "prelu"
    assert words_of(nn.PReLU(), (4,)) == "prelu"


def test_softmax_and_gates() -> None:
    found = words(lambda _, x: functional.log_softmax(functional.glu(x, 1), -1).exp() * x.softmax(1)[:, :2], (4, 6))
    assert found == "glu log_softmax exp softmax slice multiply"


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_a_dropout_stays_where_a_module_is_it(p: float) -> None:
    assert words_of(nn.Sequential(nn.Dropout(p), nn.ReLU()), (3, 4)) == "dropout relu"
    assert words(lambda _, x: functional.dropout(x, p, training=False) * 2, (3,)) == "multiply"
