"""Checks the device that a user names before anything is built on it."""

import re
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from calc.errors import nearest
from verify.errors import VerifyError

if TYPE_CHECKING:
    import torch

KNOWN = (
    "cpu", "cuda", "meta", "mps", "xpu", "ipu", "mkldnn", "opengl", "opencl", "ideep",
    "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan", "hpu", "mtia", "privateuseone",
)  # fmt: skip
"""The kinds of device that torch has. A plug-in, which torch loads through an entry point, adds its own name."""
PLUG_INS = "torch.backends"


def require_device_name(name: str, runs: bool = True) -> None:
    """Raise VerifyError if ``name`` is not a device of torch, or cannot run a network if ``runs``. Needs no torch."""
    kind, _, index = name.partition(":")
    if not re.fullmatch(r"[a-z0-9_]+(:[0-9]+)?", name) or (kind not in KNOWN and not entry_points(group=PLUG_INS)):
        raise VerifyError(f"device {name!r} cannot be used here: it is not a device of torch", nearest(kind, KNOWN[:5]))
    if kind in ("cpu", "meta") and index.strip("0"):
        raise VerifyError(f"device {name!r} does not exist: there is only one {kind}", f"--device {kind}")
    if runs and kind == "meta":
        raise VerifyError(f"device {name!r} runs nothing, so there is nothing to measure", "--device cpu")


def usable_device(name: str, runs: bool = False) -> "torch.device":
    """Return the device called ``name`` (``cpu``, ``cuda:1``, ``meta``), after a small allocation on it.

    Raises VerifyError like ``require_device_name``, and if this machine or this torch does not have the device.
    """
    require_device_name(name, runs)
    import torch

    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ImportError) as error:
        why = (str(error).splitlines() or [""])[0][:160]
        raise VerifyError(
            f"device {name!r} cannot be used here: {why}", f"usable here: {', '.join(_usable())}"
        ) from None
    return device


def _usable() -> tuple[str, ...]:
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return ("cpu", *([accelerator.type] if accelerator else []), "meta")
