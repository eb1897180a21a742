"""What measuring refuses."""


class MeasureError(Exception):
    """A run that cannot be counted, or whose counts contradict each other.

    ``layer`` is the layer that was running, empty where the fact concerns the whole network.
    """

    def __init__(self, fact: str, layer: str = "") -> None:
        super().__init__(f"{layer}: {fact}" if layer else fact)
        self.fact = fact
        self.layer = layer
