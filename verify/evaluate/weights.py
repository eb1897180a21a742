"""Loads a file of trained weights into the network of a spec. The keys must be equal."""

from pathlib import Path
from pickle import UnpicklingError

import torch

from calc.errors import number_of
from verify.build import Network
from verify.errors import VerifyError
from verify.evaluate.weight_file import NOT_TENSORS, SAVE, check_sums, require_weights, unreadable

SHOWN = 3
"""The number of differences of each kind that a message lists."""
WRAPPERS = ("network", "state_dict", "model")
"""The keys under which checkpoints hold the state dict; ``network`` is that of calc train."""


def load_weights(network: Network, path: str) -> None:
    """Load the weights in ``path`` into ``network``: a safetensors file, a torch state dict, or a checkpoint with one.

    Keys and shapes must be those of the network; only counters of batch norms (``num_batches_tracked``) may be missing.
    Floats of another width are converted. Raises VerifyError if the file cannot be read or does not fit, or if a value
    is not finite in float32.
    """
    state = read_state(path)
    wanted = network.state_dict()
    kinds = (
        [f"{key}: not in the file" for key in wanted if key not in state and not key.endswith("num_batches_tracked")],
        [f"{key}: not in the network" for key in state if key not in wanted],
        [f"{key}: {why}" for key, each in state.items() if key in wanted and (why := _misfit(each, wanted[key]))],
    )
    if differences := sum(map(len, kinds)):
        shown = [text for kind in kinds for text in kind[:SHOWN]]
        rest = f"; and {differences - len(shown)} more" if differences > len(shown) else ""
        raise VerifyError(
            f"{path} holds {number_of(len(state), 'tensor')}, but the network has {len(wanted)}; "
            f"{differences} do not fit: "
            f"{'; '.join(shown)}{rest}",
            "use weights of this spec, with the same params",
        )
    state = {key: tensor.to(wanted[key].dtype) for key, tensor in state.items()}
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            bad = tensor.numel() - int(torch.isfinite(tensor).sum())
            raise VerifyError(f"{path}: {bad} of {tensor.numel()} values of {key} are NaN or infinite")
    network.load_state_dict(state, strict=not any(key not in state for key in wanted))


def read_state(path: str) -> dict[str, torch.Tensor]:
    """Return the tensors in ``path`` by key, on the CPU. Raises VerifyError."""
    require_weights(path)
    try:
        if path.endswith(".safetensors"):
            from safetensors.torch import load_file

            return dict(load_file(path))
        check_sums(Path(path))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError:  # torch's message explains how to run the code in the file
        raise unreadable(path, NOT_TENSORS, SAVE) from None
    except Exception as error:  # the readers raise all kinds of exceptions
        raise unreadable(path, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from None
    if isinstance(found, dict):
        found = next((found[key] for key in WRAPPERS if isinstance(found.get(key), dict)), found)
    if not isinstance(found, dict) or not found or not all(torch.is_tensor(each) for each in found.values()):
        raise VerifyError(f"{path}: holds no state dict", "save network.state_dict()")
    return dict(found)


def _misfit(tensor: torch.Tensor, wanted: torch.Tensor) -> str:
    """Return the reason why ``tensor`` cannot replace ``wanted``; empty if it can."""
    if tensor.shape != wanted.shape:
        return f"{_sizes(tensor)} in the file, but {_sizes(wanted)} in the network"
    if tensor.layout is not torch.strided or tensor.is_meta:
        return f"{'no values' if tensor.is_meta else tensor.layout} in the file, but a dense tensor in the network"
    if wanted.is_floating_point() and not tensor.is_floating_point():
        return f"{tensor.dtype} in the file, but {wanted.dtype} in the network"
    return ""


def _sizes(tensor: torch.Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "one number"
