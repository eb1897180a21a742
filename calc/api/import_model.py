"""Converts a network of PyTorch, ONNX or a Hugging Face config into a spec."""

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
    """Convert a network of PyTorch, ONNX or a Hugging Face config into a spec, with a proof that both are the same.

    Args:
        source: ``torchvision/resnet18``, ``timm/resnet18``, ``pkg.module:callable``, ``file.py:callable``,
            ``net.pt2``, ``net.onnx`` or ``config.json``. The two callables and timm run code.
        input: The size of one sample without the batch, such as ``(3, 224, 224)``; for several inputs, a mapping by
            name.
        opaque: Keep unknown operations, as layers that are not counted.
        flat: Write one line for each layer, under its full name.
        unproved: Return the spec even if the proof fails. Its first line then says so.
        tell: A function that is called with the name of each step of the work.

    Returns:
        The ``text`` of the spec, which ``calc.spec.loads`` reads, and ``notes`` on the proof.

    Raises:
        SpecError: The network cannot be imported, or the proof fails.
        OpError: The source is not known, or a package that is needed is missing.

    >>> from pathlib import Path
    >>> from calc import import_model
    >>> sizes = '"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100, "n_positions": 128'
    >>> _ = Path("config.json").write_text(f'{{"model_type": "gpt2", {sizes}}}')
    >>> print(import_model("config.json").notes[0])
    gpt2: made from the fields of its config; no tensors were read
    """
    options = ImportOptions(input, opaque)
    return imported_spec(str(source), options, flat=flat, unproved=unproved, tell=tell)
