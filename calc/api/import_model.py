"""A network from where it is, as a spec."""

from collections.abc import Callable
from pathlib import Path

from calc.sources.importers import ImportOptions
from calc.sources.importing import ImportedSpec, imported_spec
from calc.spec.given import InputSizes


def import_model(
    source: str | Path,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    *,
    opaque: bool = False,
    flat: bool = False,
    unproved: bool = False,
    tell: Callable[[str], object] = lambda step: None,
) -> ImportedSpec:
    """A network of PyTorch, timm, torchvision, ONNX or Hugging Face's config as a spec, proved to be the same.

    ``source``: such as ``torchvision/resnet18``, ``timm/resnet18``, ``pkg.module:callable``, ``file.py:callable``,
    ``net.pt2``, ``net.onnx`` or ``config.json``. ``input``: the sizes of one sample, ``(3, 224, 224)``, or those of
    several inputs by name. ``opaque``: what is not known stays, as layers that are not counted. ``flat``: a line a
    layer, each under its full name. ``unproved``: the spec is given even if the proof fails, marked so. ``tell`` is
    called with each step of the work.

    The result has the ``text`` of the spec, which ``calc.spec.loads`` reads, and ``notes`` on how it was proved.

    Raises SpecError or OpError where it cannot be imported, where the proof fails, and where what imports it is not
    installed.

    >>> from pathlib import Path
    >>> from calc import import_model
    >>> sizes = '"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100, "n_positions": 128'
    >>> _ = Path("config.json").write_text(f'{{"model_type": "gpt2", {sizes}}}')
    >>> print(import_model("config.json").notes[0])
    gpt2: by the fields of its config, of which no tensor was read
    """
    options = ImportOptions(input, opaque)
    return imported_spec(str(source), options, flat=flat, unproved=unproved, tell=tell)
