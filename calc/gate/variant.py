"""A spec with options (params, input sizes, a batch, flags), written like the arguments of ``calc run``."""

import shlex
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.options import assignments, input_sizes, positive
from calc.spec.phases import PAST, TOKENS, of_call

_OPTIONS = ("--set", "--input", "--batch", "--kv")
_REPEATED = ("--set", "--input")
_CALL = ("--phase", "--tokens", "--context")
"""The options that stand for the params of a call."""
_FLAGS = ("--deployed", "--opaque")


class SpecVariant(NamedTuple):
    """A spec with ``--set``, ``--input``, ``--batch``, ``--kv`` and the flags. Without any, it is the spec itself.

    With ``opaque``, operations of a source that calc does not know remain as layers that are not counted. ``kv`` has
    the formats of keys and values if they are not those of the policy.
    """

    spec: str
    params: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    batch: int = 1
    deployed: bool = False
    opaque: bool = False
    kv: str | None = None

    @property
    def is_plain(self) -> bool:
        """True if it has no options."""
        return self == SpecVariant(self.spec)

    @property
    def key(self) -> str:
        """Its name in locks and reports: ``mobilenetv2 --set width=0.5 --input 3x160x160 --batch 4``."""
        if self.is_plain:
            return self.spec
        words = [word for text in sorted(self.params) for word in ("--set", text)]
        words += [word for text in sorted(self.inputs) for word in ("--input", text)]
        words += ["--batch", str(self.batch)] if self.batch > 1 else []
        words += [] if self.kv is None else ["--kv", self.kv]
        words += [flag for flag, given in zip(_FLAGS, (self.deployed, self.opaque), strict=True) if given]
        return shlex.join([self.spec, *words])

    @property
    def sizes(self) -> tuple[int, ...] | dict[str, tuple[int, ...]] | None:
        """The sizes of ``--input``. Raises OpError."""
        return input_sizes(self.inputs)

    def called(self, phase: str | None, tokens: str | None, context: str | None) -> "SpecVariant":
        """Return it with the params of a call, which ``--phase``, ``--tokens`` and ``--context`` stand for.

        Raises OpError.
        """
        new = None if tokens is None else positive("--tokens", tokens)
        whole = None if context is None else positive("--context", context)
        named = [text.partition("=")[0] for text in self.params]
        params = of_call((TOKENS, PAST), named, phase, new, whole)
        return self._replace(params=(*self.params, *[f"{name}={value}" for name, value in params.items()]))

    def arguments(self, model: ModelSpec) -> dict[str, Any]:
        """Return the arguments of ``analyse`` except ``model`` and bits.

        Raises OpError or SpecError if they do not fit it.
        """
        return {
            "params": assignments(self.params, model),
            "input": self.sizes,
            "batch": self.batch,
            "deployed": self.deployed,
            "kv": self.kv,
        }


def with_options(spec: str, options: SpecVariant) -> str:
    """Return the key of ``spec`` with ``options``. Raises OpError if it has options of its own."""
    asked = options._replace(spec=spec)
    if asked.is_plain:
        return spec
    if not read_variant(spec).is_plain:
        raise OpError(f"{spec[:200]} has options of its own, besides those of the command", "give them once")
    return asked.key


def read_variant(text: str) -> SpecVariant:
    """Return the variant with the key ``text``. Without a known option, it is the spec called ``text``.

    ``--phase``, ``--tokens`` and ``--context`` are read as the params of the call. Raises OpError for an invalid batch,
    for calls that contradict each other, and for an option that is given twice.
    """
    try:
        spec, *words = shlex.split(text) or [text]
    except ValueError:  # a quotation mark without its pair is a character of a file name
        return SpecVariant(text)
    given: dict[str, list[str]] = {option: [] for option in (*_OPTIONS, *_CALL, *_FLAGS)}
    left = iter(words)
    for option in left:
        value = option if option in _FLAGS else next(left, None)
        if option not in given or value is None:
            return SpecVariant(text)
        given[option].append(value)
    if not words:
        return SpecVariant(text)
    for option in (*_OPTIONS, *_CALL, *_FLAGS):
        if option not in _REPEATED and len(given[option]) > 1:
            raise OpError(f"{text[:200]}: {option} is given twice", "once is enough")
    batch, kv, *call = [given[option][0] if given[option] else None for option in ("--batch", "--kv", *_CALL)]
    found = SpecVariant(
        spec,
        tuple(given["--set"]),
        tuple(given["--input"]),
        1 if batch is None else positive("--batch", batch),
        bool(given["--deployed"]),
        bool(given["--opaque"]),
        kv,
    )
    return found.called(*call)
