"""What a caller in Python gives instead of a spec's own values: checked here, as YAML and options are elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from calc.errors import OpError


def given_params(params: object) -> Mapping[str, Any]:
    """``params``, a mapping of names to values, or nothing. Raises OpError for anything else."""
    if params is None:
        return {}
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise OpError(f"params={params!r:.60}: must be a mapping of names to values", "such as {'width': 0.5}")
    return params


def given_sizes(sizes: object) -> tuple[int, ...] | None:
    """``sizes`` of one sample, positive integers, or nothing. Raises OpError for anything else."""
    if sizes is None:
        return None
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or not all(type(size) is int for size in sizes):
        raise OpError(f"input={sizes!r:.60}: must be sizes of one sample, without the batch", "such as (3, 224, 224)")
    return tuple(sizes)
