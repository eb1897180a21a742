"""Runs the phases of a language model: the cache of one call is passed to the next call."""

from verify.build import Network
from verify.build.cache import Kept, KeptOnce
from verify.errors import VerifyError


def carry(before: Network, after: Network) -> None:
    """Give each layer of ``after`` the state that the layer of the same name in ``before`` kept in its last run.

    Raises VerifyError if ``before`` has not run, or keeps fewer tokens than ``after`` needs.
    """
    for name, layer in after.layers.items():
        if not isinstance(layer, (Kept, KeptOnce)):
            continue
        earlier = before.layers.get(name)
        if not isinstance(earlier, (Kept, KeptOnce)) or earlier.left is None:
            raise VerifyError(f"{name} needs a state, but no earlier run kept one")
        entries = layer.state.shape[-2]
        if earlier.left.shape[-2] < entries:
            fact = f"{name} continues after {entries} tokens, but the earlier run kept {earlier.left.shape[-2]}"
            raise VerifyError(fact)
        layer.state = earlier.left[..., earlier.left.shape[-2] - entries :, :]
