"""The known differences between emulations and their counters, with reasons. Everywhere else both are equal."""

from fnmatch import fnmatchcase

_EINSUM = "an einsum's cost is read from numpy's report, which prints four digits"
_SIZES = "the tracer records products of tensor sizes, a few dozen, which count as elements"

DIFFERENCES: dict[tuple[str, str], str] = {
    ("fvcore", "maxvit_t"): _EINSUM,
    ("fvcore", "mvit_v2_*"): _EINSUM,
    ("calflops-flops", "maxvit_t"): _EINSUM,
    ("calflops-flops", "mvit_v2_*"): _EINSUM,
    ("deepspeed-flops", "maxvit_t"): _EINSUM,
    ("deepspeed-flops", "mvit_v2_*"): _EINSUM,
    ("torchprofile", "swin_v2_*"): "the position bias is multiplied by 16, which the spec's op does not count",
    ("torchprofile", "swin3d_*"): _SIZES,
    ("torchprofile", "mvit_*"): _SIZES,
}
TOLERANCE = 2e-4
"""The largest relative difference of a known entry."""


def known_difference(convention: str, spec: str) -> str:
    """Return the reason why the emulation of ``convention`` may differ for a spec; empty if it must be exact."""
    found = [why for (name, glob), why in DIFFERENCES.items() if name == convention and fnmatchcase(spec, glob)]
    return found[0] if found else ""
