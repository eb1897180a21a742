"""What a network is served on, read as it is named: a device, a table of energy."""

from typing import Any

from calc.serving.device import read_device
from calc.serving.energy import read_energy


def served_by(device: str | None, energy: str | None) -> dict[str, Any]:
    """The ``device`` and the ``energy_table`` of those names. Raises SpecError or OpError for what is none."""
    return {
        "device": None if device is None else read_device(device),
        "energy_table": None if energy is None else read_energy(energy),
    }
