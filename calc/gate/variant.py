"""A spec with options of its own: params, input sizes, a batch, flags; named as one would ask ``calc run`` for it."""

import shlex
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.options import assignments, input_sizes, positive

_OPTIONS = ("--set", "--input", "--batch")
_FLAGS = ("--deployed", "--opaque")


class SpecVariant(NamedTuple):
    """``spec`` with ``--set``, ``--input``, ``--batch`` and the flags; without any, the spec as it stands.

    ``opaque``: of a source, what calc cannot say stays as layers that are not counted.
    """

    spec: str
    params: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    batch: int = 1
    deployed: bool = False
    opaque: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is the spec as it stands."""
        return self == SpecVariant(self.spec)

    @property
    def key(self) -> str:
        """What a lock and its reports call it: ``mobilenetv2 --set width=0.5 --input 3x160x160 --batch 4``."""
        if self.is_plain:
            return self.spec
        words = [word for text in sorted(self.params) for word in ("--set", text)]
        words += [word for text in sorted(self.inputs) for word in ("--input", text)]
        words += ["--batch", str(self.batch)] if self.batch > 1 else []
        words += [flag for flag, given in zip(_FLAGS, (self.deployed, self.opaque), strict=True) if given]
        return shlex.join([self.spec, *words])

    @property
    def sizes(self) -> tuple[int, ...] | dict[str, tuple[int, ...]] | None:
        """Those of ``--input``. Raises OpError."""
        return input_sizes(self.inputs)

    def arguments(self, model: ModelSpec) -> dict[str, Any]:
        """What ``analyse`` takes besides ``model`` and bits. Raises OpError or SpecError for what does not fit it."""
        return {
            "params": assignments(self.params, model),
            "input": self.sizes,
            "batch": self.batch,
            "deployed": self.deployed,
        }


def read_variant(text: str) -> SpecVariant:
    """The variant that ``text`` is the key of; the spec ``text`` as it stands where no option follows one.

    Raises OpError for a batch that is none, and for one that is given twice.
    """
    try:
        spec, *words = shlex.split(text) or [text]
    except ValueError:  # a quotation that does not end is one more letter of a file's name
        return SpecVariant(text)
    given: dict[str, list[str]] = {option: [] for option in (*_OPTIONS, *_FLAGS)}
    left = iter(words)
    for option in left:
        value = option if option in _FLAGS else next(left, None)
        if option not in given or value is None:
            return SpecVariant(text)
        given[option].append(value)
    if not words:
        return SpecVariant(text)
    sets, inputs, batches, deployed, opaque = given.values()
    for option in ("--batch", *_FLAGS):
        if len(given[option]) > 1:
            raise OpError(f"{text[:200]}: {option} is given twice", "once is enough")
    batch = positive("--batch", batches[0]) if batches else 1
    return SpecVariant(spec, tuple(sets), tuple(inputs), batch, bool(deployed), bool(opaque))
