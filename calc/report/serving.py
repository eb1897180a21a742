"""Lines below the totals for the time on a device and for the energy."""

from fractions import Fraction

from calc.analysis import Analysis
from calc.errors import printable
from calc.report.line import Line
from calc.report.units import digits_of, exact, seconds, short
from calc.serving.bound import Bound


def of_device(analysis: Analysis) -> list[Line]:
    """Return lines with the bound of the call on the device, and whether its memory suffices; none without a device."""
    bound = analysis.bound
    if bound is None:
        return []
    device, whole = bound.device, bound.whole
    rates = ", ".join([f"{name} {short(device.rates[name])}" for name in bound.rates]) or "no products"
    speed = f"{short(device.bytes_per_second)}B/s; operations/s, 2 per MAC: {rates}"
    binding = sum([times.most > 0 and times.binds == "memory" for times in bound.layers])
    layers = sum([times.most > 0 for times in bound.layers])
    needed = f"of {exact(device.memory_bytes)}: weights, cache and peak of activations"
    fits = "fits" if bound.fits else "DOES NOT FIT"
    if analysis.unknown and bound.fits:
        fits = "at least; whether it fits is not known"
    return [
        Line("device", printable(device.name), speed),
        Line("time bound", seconds(whole.most), f"{_said(analysis)}{whole.binds} binds: {_both(bound)}"),
        Line(
            "layer by layer",
            seconds(bound.in_turn),
            "if one layer begins after another and moves its inputs and outputs too; "
            f"memory binds in {binding} of {layers}",
        ),
        Line("device memory", exact(bound.needed_bytes), f"{needed}; {fits}"),
    ]


def _both(bound: Bound) -> str:
    memory, compute = bound.whole
    less = ", latents of past tokens not expanded" * bound.absorbs
    less += ", layers that only make the output run for the last token" * bound.ends_in_one
    return f"weights and cache once {seconds(memory)}, products {seconds(compute)}{less}, if they overlap"


def _said(analysis: Analysis) -> str:
    """Return the words that the time is a bound, and for a language model the largest number of tokens in a second."""
    bound, call = analysis.bound, analysis.call
    if bound is None or call is None or not bound.whole.most:
        return "no run is faster; "
    tokens = Fraction(call.tokens * analysis.batch) / bound.whole.most
    return f"no run is faster, at most {digits_of(tokens)} tokens/s; "


def of_energy(analysis: Analysis) -> list[Line]:
    """Return a line with the energy of the call by the user's table; none without a table."""
    found = analysis.energy
    if found is None:
        return []
    parts = [f"MACs at {bits} bits {joules(value)}" for bits, value in found.macs.items()]
    parts += [f"{what} in {memory} {joules(value)}" for (memory, what), value in found.moved.items()]
    by = f"by {found.table.name}: {' + '.join(parts) or 'nothing'}"
    return [Line("energy", joules(found.picojoules), printable(by))]


def joules(picojoules: Fraction) -> str:
    """Return the energy as ``12.3 mJ``, with three digits in the largest unit that gives at least 1."""
    for size, unit in ((10**12, "J"), (10**9, "mJ"), (10**6, "µJ"), (10**3, "nJ")):
        if picojoules >= size:
            return f"{digits_of(picojoules / size)} {unit}"
    return f"{digits_of(picojoules)} pJ"
