"""Where a network is served: the padding of a runtime, the memory and speed of a device, energy."""
