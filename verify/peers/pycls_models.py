"""Runs the formulas of pycls for the two families that it has in common with calc's specs: ResNets and RegNets."""

from typing import Any

from calc.spec import load
from calc.spec.source import plain

_STEMS = {"resnet.yaml": ("res_stem_in", 64, [1, 2, 2, 2]), "regnet.yaml": ("simple_stem_in", 32, [2, 2, 2, 2])}


def complexity(spec: str) -> dict[str, int]:
    """Return the totals ``pycls`` and ``acts`` of ``spec``, from the params that it gives its family.

    Raises ValueError for a network that pycls does not have.
    """
    from pycls.core import net

    found = net.complexity(configured(spec))
    return {"pycls": found["flops"], "acts": found["acts"]}


def configured(spec: str) -> Any:
    """Return ``spec`` in the form that the function ``complexity`` of pycls takes.

    Raises ValueError if pycls lacks it.
    """
    from pycls.core.config import cfg
    from pycls.models.anynet import AnyNet

    tree = plain(load(spec).lineage[0])
    family = tree.get("extends", "").rpartition("/")[2]
    params = tree.get("params", {})
    if family not in _STEMS or params.get("block", "Bottleneck") != "Bottleneck":
        raise ValueError("pycls has no such network")
    cfg.TRAIN.IM_SIZE = 224
    return _Configured(AnyNet, _arguments(family, params))


class _Configured:
    """A model in the form that the function ``complexity`` of pycls takes."""

    def __init__(self, family: Any, arguments: dict[str, Any]) -> None:
        self.family = family
        self.arguments = arguments

    def complexity(self, cx: dict[str, int]) -> dict[str, int]:
        found: dict[str, int] = self.family.complexity(cx, **self.arguments)
        return found


def _arguments(family: str, params: dict[str, Any]) -> dict[str, Any]:
    stem, stem_width, strides = _STEMS[family]
    if family == "resnet.yaml":
        widths = [256, 512, 1024, 2048]
        group_width = params.get("width_per_group", 64)
        inner = [params.get("groups", 1) * group_width * width // 64 for width in (64, 128, 256, 512)]
        ratios = [inside / outside for inside, outside in zip(inner, widths, strict=True)]
        group_widths = [group_width * width // 256 for width in widths]
        squeeze = None
    else:
        widths, ratios = params["widths"], [1.0] * 4
        group_widths = [min(params["group_width"], width) for width in widths]
        squeeze = 0.25 if params.get("squeeze_excite") else None
    return {
        "stem_type": stem,
        "stem_w": stem_width,
        "block_type": "res_bottleneck_block",
        "ds": params["depths"],
        "ws": widths,
        "ss": strides,
        "bms": ratios,
        "gws": group_widths,
        "se_r": squeeze,
        "nc": 1000,
    }
