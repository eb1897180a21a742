"""The functions that calc calls, through the entry points of the group ``calc.importers``."""

import os
from collections.abc import Mapping

from calc.errors import OpError
from calc.importing import Imported
from calc.model.graph import Graph
from calc.model.inputs import input_option
from calc.sources import Source
from calc.sources.importers import ImportOptions
from calc.spec.given import InputSizes
from verify.errors import VerifyError


def import_with_torch(source: Source, options: ImportOptions) -> Imported:
    """Import the network of ``source``. Raises OpError or SpecError."""
    # otherwise OpenMP's threads wait by spinning, which is 7 times slower on busy cores; OpenMP reads it at import
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from verify.importers.main import imported

    try:
        found = imported(source.text, options.sizes, opaque=options.opaque)
    except VerifyError as error:
        raise OpError(error.fact, error.hint) from None
    if source.kind == "pt2" and options.sizes is not None:
        _require_sizes(source, found.graph, options.sizes)
    return found


def _require_sizes(source: Source, graph: Graph, sizes: InputSizes) -> None:
    """Raise OpError if ``sizes`` differ from those at which the program was exported."""
    own = graph.input_sizes
    given = dict(sizes) if isinstance(sizes, Mapping) else {next(iter(own)): sizes}
    if {name: tuple(each) for name, each in given.items()} != {name: own.get(name) for name in given}:
        raise OpError(
            f"{source.text[:200]}: was exported at {input_option(own)}, and cannot be imported at other sizes",
            "calc import writes its spec, which may accept them: calc run net.yaml --input SIZES",
        )
