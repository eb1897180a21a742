"""Where an emulation and its counter differ, and why; everywhere else they are equal to the digit."""

from fnmatch import fnmatchcase

DIFFERENCES: dict[tuple[str, str], str] = {
    ("fvcore", "maxvit_t"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("fvcore", "mvit_v2_*"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("calflops-flops", "maxvit_t"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("calflops-flops", "mvit_v2_*"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("deepspeed-flops", "maxvit_t"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("deepspeed-flops", "mvit_v2_*"): "an einsum's cost is read from numpy's report, which prints four digits",
    ("torchprofile", "swin_v2_*"): "the position bias is multiplied by 16, which the spec's op does not count",
}
TOLERANCE = 2e-4
"""The largest relative difference of the entries."""


def difference(convention: str, spec: str) -> str:
    """Why ``convention``'s emulation is not exact for the spec of that name; empty where it must be."""
    found = [why for (name, glob), why in DIFFERENCES.items() if name == convention and fnmatchcase(spec, glob)]
    return found[0] if found else ""
