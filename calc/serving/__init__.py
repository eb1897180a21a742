"""What a network meets where it is served: the padding of a runtime, a device's memory and speed, energy."""
