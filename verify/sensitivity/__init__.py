"""What rounding one layer's weights hurts, layer by layer and width by width."""

from verify.sensitivity.hessian import hessian_traces
from verify.sensitivity.measure import Sensitivity, measure_data, weight_errors

__all__ = ["Sensitivity", "hessian_traces", "measure_data", "weight_errors"]
