"""Compares calc with the MACs (`_ops`) and parameters that torchvision publishes for each set of weights."""

from dataclasses import dataclass
from typing import Any

from calc.counts import count
from calc.spec import ModelSpec, expand
from verify.reference import require_model
from verify.single import only_input


@dataclass(frozen=True)
class Published:
    """The published figures of one set of weights, and calc's figures at its input size.

    ``giga_macs`` is published with three decimals, in 10⁹; ``macs`` and ``params`` are calc's.
    """

    entry: str
    input: tuple[int, ...]
    giga_macs: float
    macs: int
    published_params: int
    params: int

    @property
    def agrees(self) -> bool:
        """Whether the MACs are equal as printed and the parameters are equal."""
        return f"{self.macs / 1e9:.3f}" == f"{self.giga_macs:.3f}" and self.params == self.published_params


def published(model: ModelSpec, params: dict[str, Any] | None = None) -> tuple[Published, ...]:
    """Return the figures of every set of weights of ``model``'s torchvision reference; none for other references.

    Raises VerifyError if torchvision does not have the network, and SpecError if the spec does not allow an input size.
    """
    source, _, name = (model.reference or "").partition("/")
    if source != "torchvision":
        return ()
    from torchvision import models

    require_model(name)
    rows = []
    for entry in models.get_model_weights(name):
        if "_ops" not in entry.meta:
            continue
        sizes = _input_sizes(model, entry)
        counts = count(expand(model, params, sizes))
        rows.append(
            Published(
                entry.name,
                sizes,
                entry.meta["_ops"],
                sum(row.macs for row in counts),
                entry.meta["num_params"],
                sum(row.params for row in counts),
            )
        )
    return tuple(rows)


def _input_sizes(model: ModelSpec, entry: Any) -> tuple[int, ...]:
    """Return the input sizes of the spec, with the height and width to which the entry's transform crops."""
    sizes = only_input(expand(model))
    crop = getattr(entry.transforms, "keywords", {}).get("crop_size")
    if crop is None:
        return sizes
    height, width = (crop, crop) if isinstance(crop, int) else (crop[0], crop[-1])
    return (*sizes[:-2], height, width)
