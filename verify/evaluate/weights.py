"""A file of trained weights into the network that a spec describes, with its very keys."""

from pathlib import Path
from pickle import UnpicklingError

import torch

from calc.errors import counted
from verify.build import Network
from verify.errors import VerifyError

SHOWN = 6
"""Differences listed when a file does not fit."""


def load_weights(network: Network, path: str) -> None:
    """Give ``network`` the weights in ``path``: a safetensors file, a torch state dict, or a checkpoint of calc train.

    Keys and shapes must be the network's; counters of batch norms (``num_batches_tracked``) may be missing. Raises
    VerifyError for a file that cannot be read, that does not fit, or that holds NaN or infinity.
    """
    state = read_state(path)
    wanted = network.state_dict()
    missing = [key for key in wanted if key not in state and not key.endswith("num_batches_tracked")]
    differences = [f"{key}: not in the file" for key in missing]
    differences += [f"{key}: not in the network" for key in state if key not in wanted]
    differences += [
        f"{key}: {_sizes(tensor)} in the file, {_sizes(wanted[key])} in the network"
        for key, tensor in state.items()
        if key in wanted and tensor.shape != wanted[key].shape
    ]
    if differences:
        rest = f"; and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        raise VerifyError(
            f"{path} holds {counted(len(state), 'tensor')}, the network {len(wanted)}; {len(differences)} do not fit: "
            f"{'; '.join(differences[:SHOWN])}{rest}",
            "the weights of this very spec, with the same params",
        )
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            bad = tensor.numel() - int(torch.isfinite(tensor).sum())
            raise VerifyError(f"{path}: {key} has {bad} values of {tensor.numel()} that are NaN or infinite")
    network.load_state_dict(state, strict=not any(key not in state for key in wanted))


def read_state(path: str) -> dict[str, torch.Tensor]:
    """The tensors in ``path`` by key, on the CPU. Raises VerifyError."""
    if not Path(path).is_file():
        raise VerifyError(f"{path}: no such file", "a .safetensors file or a torch state dict")
    try:
        if path.endswith(".safetensors"):
            from safetensors.torch import load_file

            return dict(load_file(path))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except ImportError:
        raise VerifyError(
            f"{path}: reading safetensors needs the package safetensors", "pip install 'macbits[accuracy]'"
        ) from None
    except UnpicklingError:  # what torch says of it is how to run the code in it
        raise VerifyError(
            f"{path}: cannot be read as weights: no file of tensors alone", "save network.state_dict(), or safetensors"
        ) from None
    except Exception as error:  # the readers raise whatever their formats run into
        reason = " ".join(str(error).split())[:200]
        raise VerifyError(f"{path}: cannot be read as weights: {type(error).__name__}: {reason}") from None
    if isinstance(found, dict) and isinstance(found.get("network"), dict):
        found = found["network"]
    if not isinstance(found, dict) or not found or not all(torch.is_tensor(each) for each in found.values()):
        raise VerifyError(f"{path}: holds no state dict", "save network.state_dict()")
    return dict(found)


def _sizes(tensor: torch.Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "one number"
