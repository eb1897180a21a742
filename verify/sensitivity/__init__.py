"""Measures how much rounding the weights of one layer hurts the network, for each layer and width."""

from verify.sensitivity.hessian import hessian_traces
from verify.sensitivity.measure import Sensitivity, measure_data, weight_errors

__all__ = ["Sensitivity", "hessian_traces", "measure_data", "weight_errors"]
