"""Drawn specs in which norms and activations follow layers with weights, so that there is something to deploy."""

import json
import re
from typing import Any

from hypothesis import strategies as st

from tests.drawn_specs import specs

_MEMBER = re.compile(r"[mprt]\d+")
_WITH_WEIGHTS = re.compile(r"conv(_transpose)?[123]d|linear")
_FOLLOWERS: tuple[tuple[str, ...], ...] = (("batch_norm", "relu"), ("batch_norm",), ("relu",), ())


@st.composite
def normed_specs(draw: st.DrawFn) -> str:
    """The YAML text of a drawn spec; what reads a layer by its name reads it before its norm."""
    document = json.loads(
        draw(specs(draw(st.sampled_from(["conv2d", "conv1d", "conv_transpose2d", "linear", None])))).text
    )
    return json.dumps(_followed(draw, document))


def _followed(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, list):
        return [_followed(draw, item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        found[key] = _followed(draw, item)
        if _MEMBER.fullmatch(key) and isinstance(item, dict) and _WITH_WEIGHTS.fullmatch(next(iter(item))):
            found |= {f"{key}{word[0]}": word for word in draw(st.sampled_from(_FOLLOWERS))}
    return found
