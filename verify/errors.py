"""The error for input that cannot be verified."""


class VerifyError(Exception):
    """Input that cannot be verified: an unknown reference, weights that do not fit, a layer that torch refuses.

    ``layer`` is the name of the layer, or empty for the whole network.
    """

    def __init__(self, fact: str, hint: str = "", layer: str = "") -> None:
        super().__init__(f"{layer}: {fact}" if layer else fact)
        self.fact = fact
        self.hint = hint
        self.layer = layer


def refused(error: Exception, layer: str) -> VerifyError:
    """Return a VerifyError with the first line of torch's error when it could not build or run ``layer``."""
    said = (str(error).splitlines() or [""])[0]
    # the message of the CPU's allocator begins with a line of its source code
    fact = said.rpartition("DefaultCPUAllocator: ")[2]
    return VerifyError(f"torch refuses it: {fact or type(error).__name__}", _HINT if fact != said else "", layer)


_HINT = "--device meta counts a network larger than memory without running it"
