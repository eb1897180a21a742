"""Loads what every command takes: a spec, or a source that is imported and then read as a spec."""

import os
from dataclasses import replace
from pathlib import Path

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.reading import Pipes
from calc.sources.grammar import CONFIG, malformed, read_source
from calc.spec.given import InputSizes, given_sizes
from calc.spec.load import load as load_spec
from calc.spec.load import loads
from calc.spec.model import ModelSpec
from calc.spec.provenance import Provenance


def load(
    path: str | Path, sizes: InputSizes | None = None, *, opaque: bool = False, pipes: Pipes = "awaited"
) -> ModelSpec:
    """Load a network.

    Args:
        path: A YAML file, the name of a packaged spec, ``-`` for standard input, or a source such as
            ``net.py:make_net``, ``timm/resnet18``, ``net.onnx`` or ``config.json``, which is imported.
        sizes: The size of one sample of a source, without the batch, such as ``(3, 224, 224)``. A spec needs none.
        opaque: Keep unknown operations of a source, as layers that are not counted.
        pipes: Whether the path may be a pipe, such as the shell's ``<(…)``.

    Returns:
        The spec, for ``analyse``.

    Raises:
        SpecError: The text has mistakes; all of them are listed, each with its line.
        OpError: There is no such file or source.

    >>> from calc import load
    >>> load("mobilenetv2").name
    'MobileNetV2'
    """
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else ""
    source = read_source(text)
    if opaque and source is None:
        raise OpError(f"--opaque applies only to imported networks, and {text[:200]} is a spec", "leave it out")
    if source is None and text.lower().endswith(CONFIG):
        from calc.sources.configs import config_text

        config = config_text(text, sizes)
        if config is not None:
            stored = "" if config.stored_as is None else str(config.stored_as)
            whence = Provenance(stored_as=stored, remarks=(config.left_out,) if config.left_out else ())
            return replace(loads(config.text, text), provenance=whence)
    if source is None:
        try:
            return load_spec(path, pipes)
        except SpecError as error:
            hint = malformed(text)
            if not hint:
                raise
            raise SpecError([each if each.place else each._replace(hint=hint) for each in error.problems]) from None
    from calc.sources.importers import ImportOptions, import_source
    from calc.sources.written import imported_text

    imported = import_source(source, ImportOptions(sizes, opaque))
    model = loads(imported_text(imported), source.text)
    given = given_sizes(sizes)
    asked = FrozenDict(given) if isinstance(given, dict) else given
    return replace(model, provenance=Provenance(imported.versions, asked=asked, remarks=imported.remarks))
