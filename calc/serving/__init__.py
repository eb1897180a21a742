"""Where a network is served: the runtime's padding of the cache, the device's memory and speed, and the energy."""
