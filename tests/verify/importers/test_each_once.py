"""Tests of the check that a graph has each parameter of the network once."""

from dataclasses import replace

import pytest
from torch import nn

from tests.verify.importers.modules import lowered_of
from verify.errors import VerifyError
from verify.importers.each_once import require_each_parameter_once


def test_tied_layers_have_their_parameters_once() -> None:
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False), nn.Linear(4, 4))
    net[1].weight = net[0].weight
    require_each_parameter_once(lowered_of(net, input=(4,)))


def test_a_parameter_that_is_there_twice_is_refused_with_both_numbers() -> None:
    found = lowered_of(nn.Linear(4, 2), input=(4,))
    twice = lowered_of(nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 3)), input=(4,))
    with pytest.raises(VerifyError, match="has 10 parameters, but its layers would hold 19"):
        require_each_parameter_once(replace(found, imported=twice.imported))
