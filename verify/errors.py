"""What cannot be verified, said in one line."""


class VerifyError(Exception):
    """Bad input to a verification: an unknown reference, weights that do not fit, a layer that torch refuses.

    ``layer`` is the layer that the fact is about, empty where it concerns the whole network.
    """

    def __init__(self, fact: str, hint: str = "", layer: str = "") -> None:
        super().__init__(f"{layer}: {fact}" if layer else fact)
        self.fact = fact
        self.hint = hint
        self.layer = layer


def refused(error: Exception, layer: str) -> VerifyError:
    """What torch said when it could not build or run ``layer``: its first line."""
    said = (str(error).splitlines() or [""])[0]
    # the CPU's allocator begins with the place in its own source
    fact = said.rpartition("DefaultCPUAllocator: ")[2]
    return VerifyError(f"torch refuses it: {fact or type(error).__name__}", _HINT if fact != said else "", layer)


_HINT = "--device meta counts a network larger than memory without running it"
