"""A spec at params, input sizes and a batch of its own, named as one would ask ``calc run`` for it."""

import shlex
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.options import assignments, input_sizes, positive

_OPTIONS = ("--set", "--input", "--batch")


class SpecVariant(NamedTuple):
    """``spec`` with ``--set``, ``--input`` and ``--batch`` as they are written; without any, the spec as it stands."""

    spec: str
    params: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    batch: int = 1

    @property
    def is_plain(self) -> bool:
        """Whether it is the spec as it stands."""
        return not (self.params or self.inputs) and self.batch == 1

    @property
    def key(self) -> str:
        """What a lock and its reports call it: ``mobilenetv2 --set width=0.5 --input 3x160x160 --batch 4``."""
        if self.is_plain:
            return self.spec
        words = [word for text in sorted(self.params) for word in ("--set", text)]
        words += [word for text in sorted(self.inputs) for word in ("--input", text)]
        return shlex.join([self.spec, *words, *(["--batch", str(self.batch)] if self.batch > 1 else [])])

    def arguments(self, model: ModelSpec) -> dict[str, Any]:
        """What ``analyse`` takes besides ``model`` and bits. Raises OpError or SpecError for what does not fit it."""
        sizes = input_sizes(self.inputs)
        return {"params": assignments(self.params, model), "input": sizes, "batch": self.batch}


def read_variant(text: str) -> SpecVariant:
    """The variant that ``text`` is the key of; the spec ``text`` as it stands where no option follows one.

    Raises OpError for a batch that is none.
    """
    try:
        spec, *words = shlex.split(text) or [text]
    except ValueError:  # a quotation that does not end is one more letter of a file's name
        return SpecVariant(text)
    given: dict[str, list[str]] = {option: [] for option in _OPTIONS}
    for option, value in zip(words[::2], words[1::2], strict=False):
        given.get(option, []).append(value)
    if not words or len(words) % 2 or not all(option in _OPTIONS for option in words[::2]):
        return SpecVariant(text)
    sets, inputs, batches = given.values()
    if len(batches) > 1:
        raise OpError(f"{text[:200]}: --batch is given twice", "it takes one value")
    return SpecVariant(spec, tuple(sets), tuple(inputs), positive("--batch", batches[0]) if batches else 1)
