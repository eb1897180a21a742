"""The phases of a language model: a call that leaves its cache to the next one."""

from verify.build import Network
from verify.build.cache import Kept, KeptOnce
from verify.errors import VerifyError


def carry(before: Network, after: Network) -> None:
    """Let ``after`` begin with what the last run of ``before`` kept, layer by layer of one name.

    Raises VerifyError where ``before`` has not run, or keeps fewer tokens than ``after`` goes on from.
    """
    for name, layer in after.layers.items():
        if not isinstance(layer, (Kept, KeptOnce)):
            continue
        earlier = before.layers.get(name)
        if not isinstance(earlier, (Kept, KeptOnce)) or earlier.left is None:
            raise VerifyError(f"{name} keeps nothing that a run before left")
        entries = layer.state.shape[-2]
        if earlier.left.shape[-2] < entries:
            raise VerifyError(f"{name} goes on from {entries} tokens, and a run before left {earlier.left.shape[-2]}")
        layer.state = earlier.left[..., earlier.left.shape[-2] - entries :, :]
