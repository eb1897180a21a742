"""The setting of a served network: the runtime's cache rules, the device's memory and speed, and the energy."""
