"""The device that a user names, tried before anything is built on it."""

import torch

from verify.errors import VerifyError


def usable_device(name: str) -> torch.device:
    """The device that ``name`` stands for (``cpu``, ``cuda:1``, ``meta``), after an allocation there.

    Raises VerifyError for a name that is none and for a device that this machine or this torch does not have.
    """
    try:
        device = torch.device(name)
        if device.type in ("cpu", "meta") and device.index:
            raise VerifyError(f"device {name!r}: there is one {device.type} only", f"--device {device.type}")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ImportError) as error:
        why = (str(error).splitlines() or [""])[0][:160]
        raise VerifyError(
            f"device {name!r} cannot be used here: {why}", f"usable here: {', '.join(_usable())}"
        ) from None
    return device


def running_device(name: str) -> torch.device:
    """As ``usable_device``, for what reads values: raises VerifyError for meta too, where nothing runs."""
    device = usable_device(name)
    if device.type == "meta":
        raise VerifyError(f"device {name!r} runs nothing, so there is nothing to measure", "--device cpu")
    return device


def _usable() -> tuple[str, ...]:
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return ("cpu", *([accelerator.type] if accelerator else []), "meta")
