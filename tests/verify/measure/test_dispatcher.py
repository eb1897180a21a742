"""The formulas that FlopCounterMode lacks, against loops."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.measure.dispatcher import addmv_flops, dot_flops, mv_flops, trilinear_flops

pytestmark = pytest.mark.torch

sizes = st.integers(0, 5)


@given(sizes, sizes, sizes, sizes)
def test_bilinear(batch, out_features, in1, in2):
    shapes = (batch, in1), (out_features, in1, in2), (batch, in2)
    triples = sum(1 for _ in product(range(batch), range(out_features), range(in1), range(in2)))
    # the axes are those of (batch, out_features, in1, in2) that each operand lacks
    assert trilinear_flops(*shapes, (1, 3), (0,), (1, 2), (2, 3), 1) == 2 * triples


@given(sizes, sizes)
def test_matrix_and_vector(rows, columns):
    products = sum(1 for _ in product(range(rows), range(columns)))
    assert mv_flops((rows, columns), (columns,)) == 2 * products
    assert addmv_flops((rows,), (rows, columns), (columns,)) == 2 * products


@given(sizes)
def test_two_vectors(length):
    assert dot_flops((length,), (length,)) == 2 * length
