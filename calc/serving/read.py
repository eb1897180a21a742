"""Reads the device and the energy table that the user names."""

from typing import Any

from calc.serving.device import read_device
from calc.serving.energy import read_energy


def served_by(device: str | None, energy: str | None) -> dict[str, Any]:
    """Return the device and the energy table of these names.

    Raises SpecError or OpError if one of them cannot be read.
    """
    return {
        "device": None if device is None else read_device(device),
        "energy_table": None if energy is None else read_energy(energy),
    }
